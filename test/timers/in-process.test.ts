import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/commands/commands.ts';
import { inProcessTimers } from '../../src/timers/in-process.ts';
import { deadlineOf, timersContract } from '../contracts/timers.ts';
import { fakeTime } from './fake-time.ts';

const DAY = 86_400_000;

timersContract('in this process', async () => {
  const { time, timers, sent } = openTimers();
  return {
    timers,
    now: time.now,
    pass: time.pass,
    sent: async () => sent,
    close: () => timers.stop(),
  };
});

describe('timers in this process', () => {
  it('send a deadline once, at its instant', async () => {
    const { time, timers, sent } = openTimers();
    const at = time.now() + 5_000;
    await timers.arm(deadlineOf({ at }));
    await time.pass(4_999);
    expect(sent).toEqual([]);
    await time.pass(1);
    expect(sent).toEqual([{ at, command: { kind: 'deadline', ...deadlineOf({ at }) } }]);
    await time.pass(DAY);
    expect(sent).toHaveLength(1);
    expect(timers.size).toBe(0);
    expect(time.planned).toBe(0);
  });

  it('send deadlines in the order of their instants, however they were armed', async () => {
    const { time, timers, sent } = openTimers();
    const start = time.now();
    const order = [7, 3, 9, 1, 5, 8, 2, 6, 4, 10];
    for (const second of order) {
      await timers.arm(deadlineOf({ windowSeq: second, at: start + second * 1_000 }));
    }
    await time.pass(20_000);
    expect(sent.map((one) => one.at - start)).toEqual([...order].sort((a, b) => a - b).map((s) => s * 1_000));
  });

  it('send a window that was armed twice only once, at the earlier instant', async () => {
    const { time, timers, sent } = openTimers();
    const start = time.now();
    await timers.arm(deadlineOf({ at: start + 5_000 }));
    await timers.arm(deadlineOf({ at: start + 9_000 }));
    await timers.arm(deadlineOf({ windowSeq: 2, at: start + 9_000 }));
    await timers.arm(deadlineOf({ windowSeq: 2, at: start + 3_000 }));
    expect(timers.size).toBe(2);
    await time.pass(20_000);
    expect(sent.map((one) => one.at - start)).toEqual([3_000, 5_000]);
  });

  it('do not confuse windows whose names run together', async () => {
    const { time, timers, sent } = openTimers();
    const at = time.now() + 10;
    await timers.arm(deadlineOf({ route: 'a', partition: 'b/c', at }));
    await timers.arm(deadlineOf({ route: 'a/b', partition: 'c', at }));
    await timers.arm(deadlineOf({ route: 'a', partition: 'b/c","e1', at }));
    await time.pass(10);
    expect(sent).toHaveLength(3);
  });

  it('carry a deadline two months ahead without a delay that a system timer cannot hold', async () => {
    const { time, timers, sent } = openTimers();
    const at = time.now() + 60 * DAY;
    await timers.arm(deadlineOf({ at }));
    await time.pass(60 * DAY - 1);
    expect(sent).toEqual([]);
    await time.pass(1);
    expect(sent.map((one) => one.at)).toEqual([at]);
    expect(Math.max(...time.delays)).toBeLessThanOrEqual(60_000);
  });

  it('do not fire early when the clock is set back', async () => {
    const { time, timers, sent } = openTimers();
    const at = time.now() + 30_000;
    await timers.arm(deadlineOf({ at }));
    await time.pass(20_000);
    time.setClock(time.now() - 3_600_000);
    await time.pass(3_600_000 + 9_999);
    expect(sent).toEqual([]);
    await time.pass(1);
    expect(sent.map((one) => one.at)).toEqual([at]);
  });

  it('notice within a minute that the clock was set forward', async () => {
    const { time, timers, sent } = openTimers();
    await timers.arm(deadlineOf({ at: time.now() + 3_600_000 }));
    await time.pass(30_000);
    time.setClock(time.now() + 3_600_000);
    await time.pass(60_000);
    expect(sent).toHaveLength(1);
  });

  it('send all that fell due while the laptop slept soon after it wakes', async () => {
    const { time, timers, sent } = openTimers();
    const start = time.now();
    for (let seq = 1; seq <= 50; seq++) {
      await timers.arm(deadlineOf({ windowSeq: seq, at: start + seq * 60_000 }));
    }
    await timers.arm(deadlineOf({ windowSeq: 51, at: start + 9 * 3_600_000 }));
    await time.pass(10_000);
    time.sleepThrough(8 * 3_600_000);
    expect(sent).toEqual([]);
    await time.pass(60_000);
    expect(sent).toHaveLength(50);
  });

  it('send a deadline again that the commands queue refused, and say so', async () => {
    let refusals = 3;
    const problems: unknown[] = [];
    const { time, timers, sent } = openTimers({
      refuse: () => refusals-- > 0,
      onProblem: (error) => problems.push(error),
    });
    await timers.arm(deadlineOf({ at: time.now() }));
    await time.pass(60_000);
    expect(sent).toHaveLength(1);
    expect(problems).toHaveLength(3);
  });

  it('refuse an instant that no clock reaches', async () => {
    const { timers } = openTimers();
    await expect(timers.arm(deadlineOf({ at: Number.NaN }))).rejects.toThrow(RangeError);
    await expect(timers.arm(deadlineOf({ at: Infinity }))).rejects.toThrow(RangeError);
  });

  it('fire nothing after stop, and leave no timer behind', async () => {
    const { time, timers, sent } = openTimers();
    await timers.arm(deadlineOf({ at: time.now() + 1_000 }));
    expect(time.planned).toBe(1);
    await timers.stop();
    await timers.arm(deadlineOf({ windowSeq: 2, at: time.now() + 1_000 }));
    expect(time.planned).toBe(0);
    await time.pass(DAY);
    expect(sent).toEqual([]);
  });

  it('fire by the real clock as well', async () => {
    const commands: Command[] = [];
    const timers = inProcessTimers({
      clock: { now: Date.now, random: Math.random },
      commands: { send: async (command) => void commands.push(command) },
    });
    const at = Date.now() + 50;
    await timers.arm(deadlineOf({ at }));
    await expect.poll(() => commands.length).toBe(1);
    expect(Date.now()).toBeGreaterThanOrEqual(at);
    await timers.stop();
  });
});

function openTimers(options: { refuse?: () => boolean; onProblem?: (error: unknown) => void } = {}) {
  const time = fakeTime();
  const sent: { at: number; command: Command }[] = [];
  const timers = inProcessTimers({
    clock: time,
    wakeAfter: time.wakeAfter,
    commands: {
      async send(command) {
        if (options.refuse?.()) throw new Error('refused');
        sent.push({ at: time.now(), command });
      },
    },
    ...(options.onProblem && { onProblem: options.onProblem }),
  });
  return { time, timers, sent };
}
