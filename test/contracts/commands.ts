import { describe, expect } from 'vitest';
import type { Command, Commands } from '../../src/commands/commands.ts';
import { contractTests, type Skip } from './skips.ts';

export interface CommandsUnderTest {
  commands: Commands;
  close(): Promise<void>;
}

type Handle = (command: Command) => Promise<void>;

/** What every driver of the commands queue does. `open` connects the queue to `handle`. */
export function commandsContract(
  name: string,
  open: (handle: Handle) => Promise<CommandsUnderTest>,
  skip: Skip[] = [],
): void {
  const { test, end } = contractTests(skip);

  describe(`commands contract: ${name}`, () => {
    test('every kind of command is handed over as it was sent', async () => {
      const handled: Command[] = [];
      const subject = await open(async (command) => void handled.push(command));
      for (const command of everyKind) await subject.commands.send(command);
      for (const command of everyKind) await expect.poll(() => handled).toContainEqual(command);
      await subject.close();
    });

    test('a command whose handling rejects is handed over again', async () => {
      let attempts = 0;
      const subject = await open(async () => {
        attempts++;
        if (attempts < 3) throw new Error('not now');
      });
      await subject.commands.send(ensure(1));
      await expect.poll(() => attempts, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
      await subject.close();
    });

    test('a command that fails again and again does not keep the others from being handled', async () => {
      const handled = new Set<number>();
      const subject = await open(async (command) => {
        if (command.kind !== 'ensure') return;
        if (command.from === 0) throw new Error('never');
        handled.add(command.from);
      });
      await subject.commands.send(ensure(0));
      const wanted = Array.from({ length: 200 }, (_, index) => index + 1);
      await Promise.all(wanted.map((from) => subject.commands.send(ensure(from))));
      await expect.poll(() => handled.size, { timeout: 10_000 }).toBe(200);
      await subject.close();
    });

    test('a handler may send commands itself', async () => {
      const handled: number[] = [];
      const subject = await open(async (command) => {
        if (command.kind !== 'ensure') return;
        handled.push(command.from);
        if (command.from < 5) await subject.commands.send(ensure(command.from + 1));
      });
      await subject.commands.send(ensure(1));
      await expect.poll(() => handled.includes(5)).toBe(true);
      await subject.close();
    });

    end();
  });
}

export function ensure(from: number): Command {
  return { kind: 'ensure', route: 'sales', partition: 'Ω-😀', from, to: from };
}

const everyKind: Command[] = [
  { kind: 'deadline', route: 'r', partition: '', epoch: 'e', windowSeq: 3, at: 1_700_000_000_000 },
  { kind: 'flush', flushId: 'f', reason: 'manual', who: 'Ann', scope: {}, minEvents: 1, note: 'a "b"\n' },
  { kind: 'flush-partition', flushId: 'f', route: 'r', partition: 'x#y/z' },
  ensure(1),
];
