import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/commands/commands.ts';
import { cronFlushId, type Schedule } from '../../src/cron/cron.ts';
import { inProcessCron } from '../../src/cron/in-process.ts';
import { fakeTime } from '../timers/fake-time.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 23, 8, 0, 0);

describe('cron in this process', () => {
  it('sends a flush of the route at every tick, with an id that names the tick', async () => {
    const { time, sent } = openCron([every(30 * MINUTE, { route: 'sales', index: 1, minEvents: 5 })]);
    await time.pass(HOUR);
    expect(sent).toEqual([
      {
        at: START + 30 * MINUTE,
        command: {
          kind: 'flush',
          flushId: 'sales/1/2026-11-23T08:30:00Z',
          reason: 'schedule',
          who: 'schedule sales/1',
          scope: { route: 'sales' },
          minEvents: 5,
        },
      },
      { at: START + HOUR, command: expect.objectContaining({ flushId: 'sales/1/2026-11-23T09:00:00Z' }) },
    ]);
  });

  it('keeps several schedules apart', async () => {
    const { time, ids } = openCron([every(20 * MINUTE), every(30 * MINUTE, { index: 1 })]);
    await time.pass(HOUR);
    expect(ids()).toEqual([
      'sales/0/2026-11-23T08:20:00Z',
      'sales/1/2026-11-23T08:30:00Z',
      'sales/0/2026-11-23T08:40:00Z',
      'sales/0/2026-11-23T09:00:00Z',
      'sales/1/2026-11-23T09:00:00Z',
    ]);
  });

  it('does not fire a tick twice when the clock is set back over it', async () => {
    const { time, ids } = openCron([every(10 * MINUTE)]);
    await time.pass(35 * MINUTE);
    expect(ids()).toHaveLength(3);
    time.setClock(START + 5 * MINUTE);
    await time.pass(30 * MINUTE);
    expect(ids()).toHaveLength(3);
    await time.pass(30 * MINUTE);
    expect(ids().slice(3)).toEqual([
      'sales/0/2026-11-23T08:40:00Z',
      'sales/0/2026-11-23T08:50:00Z',
      'sales/0/2026-11-23T09:00:00Z',
    ]);
    expect(new Set(ids()).size).toBe(ids().length);
  });

  it('goes on at once when a clock that was a year ahead is set right', async () => {
    const { time, ids } = openCron([every(10 * MINUTE)]);
    await time.pass(5 * MINUTE);
    time.setClock(START + 365 * 24 * HOUR);
    await time.pass(MINUTE);
    expect(ids()).toEqual(['sales/0/2027-11-23T08:00:00Z']);
    time.setClock(START + 6 * MINUTE);
    await time.pass(5 * MINUTE);
    expect(ids().slice(1)).toEqual(['sales/0/2026-11-23T08:10:00Z']);
  });

  it('never fires before the scheduled time by the clock', async () => {
    const { time, sent } = openCron([every(HOUR)]);
    await time.pass(50 * MINUTE);
    time.setClock(START + 20 * MINUTE);
    await time.pass(40 * MINUTE - 1);
    expect(sent).toEqual([]);
    await time.pass(1);
    expect(sent.map((one) => one.at)).toEqual([START + HOUR]);
  });

  it('fires only the latest tick that a sleep missed, and goes on from there', async () => {
    const { time, ids } = openCron([every(10 * MINUTE)]);
    await time.pass(15 * MINUTE);
    time.sleepThrough(5 * HOUR);
    await time.pass(MINUTE);
    expect(ids()).toEqual(['sales/0/2026-11-23T08:10:00Z', 'sales/0/2026-11-23T13:10:00Z']);
    await time.pass(5 * MINUTE);
    expect(ids().slice(2)).toEqual(['sales/0/2026-11-23T13:20:00Z']);
  });

  it('asks for a few ticks only to find the latest of a year of missed minutes', async () => {
    let asked = 0;
    const minutely = every(MINUTE);
    const counting = {
      ...minutely,
      next: (after: number) => {
        asked++;
        return minutely.next(after);
      },
    };
    const { time, ids } = openCron([counting]);
    time.sleepThrough(365 * 24 * HOUR + 30_000);
    await time.pass(MINUTE);
    expect(ids()).toEqual(['sales/0/2027-11-23T08:01:00Z']);
    expect(asked).toBeLessThan(20);
  });

  it('does not fire at start what was missed before, not even a tick of this very instant', async () => {
    const { time, ids } = openCron([every(HOUR)]);
    await time.pass(59 * MINUTE);
    expect(ids()).toEqual([]);
    await time.pass(MINUTE);
    expect(ids()).toEqual(['sales/0/2026-11-23T09:00:00Z']);
  });

  it('rests when a schedule has no tick any more, and when there are no schedules', async () => {
    const once = { ...every(HOUR), next: (after: number) => (after < START + HOUR ? START + HOUR : null) };
    const { time, ids } = openCron([once]);
    await time.pass(24 * HOUR);
    expect(ids()).toEqual(['sales/0/2026-11-23T09:00:00Z']);
    const none = openCron([]);
    await none.time.pass(24 * HOUR);
    expect(none.sent).toEqual([]);
    expect(none.time.planned).toBe(0);
  });

  it('sends a tick again that the commands queue refused', async () => {
    const { time, ids, problems } = openCron([every(HOUR)], { refusals: 3 });
    await time.pass(HOUR + 10_000);
    expect(ids()).toEqual(['sales/0/2026-11-23T09:00:00Z']);
    expect(problems).toHaveLength(3);
  });

  it('switches a schedule off that cannot say its next tick, and says so; the others go on', async () => {
    const broken = {
      ...every(HOUR, { index: 7 }),
      next: () => {
        throw new Error('no such zone');
      },
    };
    const { time, ids, problems } = openCron([broken, every(HOUR)]);
    await time.pass(2 * HOUR);
    expect(ids()).toHaveLength(2);
    expect(problems).toHaveLength(1);
  });

  it('fires nothing after stop, and leaves no timer behind', async () => {
    const { time, cron, sent } = openCron([every(HOUR)]);
    await cron.stop();
    expect(time.planned).toBe(0);
    await time.pass(24 * HOUR);
    expect(sent).toEqual([]);
  });
});

it('a tick has one id in every home, to the second in UTC', () => {
  expect(cronFlushId('sales', 0, Date.UTC(2026, 0, 2, 3, 4, 5))).toBe('sales/0/2026-01-02T03:04:05Z');
});

function every(period: number, parts: Partial<Schedule> = {}): Schedule {
  const next = (after: number) => (Math.floor(after / period) + 1) * period;
  return { route: 'sales', index: 0, minEvents: 1, next, ...parts };
}

function openCron(schedules: Schedule[], { refusals = 0 } = {}) {
  const time = fakeTime(START);
  const sent: { at: number; command: Command }[] = [];
  const problems: unknown[] = [];
  let refuse = refusals;
  const cron = inProcessCron({
    schedules,
    clock: time,
    wakeAfter: time.wakeAfter,
    commands: {
      async send(command) {
        if (refuse-- > 0) throw new Error('refused');
        sent.push({ at: time.now(), command });
      },
    },
    onProblem: (error) => problems.push(error),
  });
  const ids = () => sent.flatMap(({ command }) => (command.kind === 'flush' ? [command.flushId] : []));
  return { time, cron, sent, problems, ids };
}
