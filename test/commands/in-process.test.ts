import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/commands/commands.ts';
import {
  type CommandFailedError,
  CommandsStoppedError,
  type InProcessCommandsOptions,
  inProcessCommands,
} from '../../src/commands/in-process.ts';
import { commandsContract, ensure } from '../contracts/commands.ts';
import { fakeTime } from '../timers/fake-time.ts';

const clock = { random: Math.random };
const retry = { firstMs: 1, maxMs: 20 };

commandsContract('in this process', async (handle) => {
  const commands = inProcessCommands({ clock, retry });
  commands.bind(handle);
  return { commands, close: () => commands.stop() };
});

describe('commands in this process', () => {
  it('wait for a handler that is bound later', async () => {
    const commands = inProcessCommands({ clock, retry });
    const handled: Command[] = [];
    await commands.send(ensure(1));
    await commands.send(ensure(2));
    expect(commands.size).toBe(2);
    commands.bind(async (command) => void handled.push(command));
    await commands.idle();
    expect(handled).toEqual([ensure(1), ensure(2)]);
  });

  it('are handled at most as many at a time as agreed, and no fewer when there is work', async () => {
    const { commands, releases, most } = gated({ concurrency: 3 });
    for (let from = 1; from <= 10; from++) await commands.send(ensure(from));
    await expect.poll(() => releases.length).toBe(3);
    while (commands.size > 0) {
      releases.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(most()).toBe(3);
  });

  it('that wait for a disk or a table do not hold up the next thirty', async () => {
    const { commands, releases } = gated({});
    for (let from = 1; from <= 32; from++) await commands.send(ensure(from));
    await expect.poll(() => releases.length).toBe(32);
    for (const release of releases) release();
    await commands.idle();
  });

  it('wait longer after each failure, up to the longest wait, and say so each time', async () => {
    const time = fakeTime();
    const problems: CommandFailedError[] = [];
    const commands = inProcessCommands({
      clock: time,
      wakeAfter: time.wakeAfter,
      retry: { firstMs: 100, maxMs: 1_000 },
      onProblem: (problem) => problems.push(problem),
    });
    let attempts = 0;
    const cause = new Error('log unavailable.');
    commands.bind(async () => {
      attempts++;
      if (attempts <= 7) throw cause;
    });
    await commands.send(ensure(1));
    await time.pass(60_000);
    expect(attempts).toBe(8);
    expect(time.delays).toEqual([75, 150, 300, 600, 750, 750, 750]);
    expect(problems.map((problem) => problem.failures)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(problems[1]?.message).toBe(
      'The command "ensure" failed 2 times in a row: log unavailable. It is tried again in 150 ms.',
    );
    expect(problems[0]?.cause).toBe(cause);
    expect(commands.size).toBe(0);
  });

  it('are retried though the handler throws before it returns a promise', async () => {
    const commands = inProcessCommands({ clock, retry });
    let attempts = 0;
    commands.bind(() => {
      attempts++;
      if (attempts === 1) throw new Error('at once');
      return Promise.resolve();
    });
    await commands.send(ensure(1));
    await commands.idle();
    expect(attempts).toBe(2);
  });

  it('are never handled inside send', async () => {
    const commands = inProcessCommands({ clock, retry });
    let handled = false;
    commands.bind(async () => {
      handled = true;
    });
    const sent = commands.send(ensure(1));
    expect(handled).toBe(false);
    await sent;
    await commands.idle();
    expect(handled).toBe(true);
  });

  it('that are being handled are waited for by stop; those that wait are dropped; later ones are refused', async () => {
    const { commands, releases, started } = gated({ concurrency: 2 });
    for (let from = 1; from <= 5; from++) await commands.send(ensure(from));
    await expect.poll(() => releases.length).toBe(2);
    let stopped = false;
    const stopping = commands.stop().then(() => {
      stopped = true;
    });
    await expect(commands.send(ensure(6))).rejects.toThrow(CommandsStoppedError);
    expect(stopped).toBe(false);
    for (const release of releases) release();
    await stopping;
    expect(started()).toBe(2);
  });

  it('leave no timer behind when stopped during a wait', async () => {
    const time = fakeTime();
    const commands = inProcessCommands({ clock: time, wakeAfter: time.wakeAfter });
    commands.bind(async () => {
      throw new Error('never');
    });
    await commands.send(ensure(1));
    await time.pass(0);
    expect(time.planned).toBe(1);
    await commands.stop();
    expect(time.planned).toBe(0);
    await commands.idle();
  });

  it('of a fan-out over 100,000 partitions are all handled', async () => {
    const commands = inProcessCommands({ clock, retry });
    const handled = new Set<number>();
    commands.bind(async (command) => void (command.kind === 'ensure' && handled.add(command.from)));
    for (let from = 1; from <= 100_000; from++) void commands.send(ensure(from));
    await commands.idle();
    expect(handled.size).toBe(100_000);
  });
});

/** Commands whose handling ends when the test says so. */
function gated(options: Partial<InProcessCommandsOptions>) {
  const releases: (() => void)[] = [];
  let running = 0;
  let most = 0;
  let started = 0;
  const commands = inProcessCommands({ clock, retry, ...options });
  commands.bind(async () => {
    running++;
    started++;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => releases.push(resolve));
    running--;
  });
  return { commands, releases, most: () => most, started: () => started };
}
