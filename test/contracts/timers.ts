import { describe, expect } from 'vitest';
import type { Command } from '../../src/commands/commands.ts';
import type { Deadline, Timers } from '../../src/timers/timers.ts';
import { contractTests, type Skip } from './skips.ts';

export interface TimersUnderTest {
  timers: Timers;
  /** The clock that deadlines are measured by (ms). */
  now(): number;
  /** Lets at least this much time pass, or waits for it. */
  pass(ms: number): Promise<void>;
  /** Commands that reached the queue so far, and when by `now`. */
  sent(): Promise<{ at: number; command: Command }[]>;
  close(): Promise<void>;
}

/**
 * What every driver of timers does. Commands that come early are allowed (the service re-arms), so a driver whose
 * promise is stricter has tests of its own.
 */
export function timersContract(name: string, open: () => Promise<TimersUnderTest>, skip: Skip[] = []): void {
  const { test, end } = contractTests(skip);

  describe(`timers contract: ${name}`, () => {
    test('an armed deadline reaches the commands at its instant or later', async () => {
      const subject = await open();
      const deadline = deadlineOf({ at: subject.now() + 2_000 });
      await subject.timers.arm(deadline);
      await subject.pass(3_000);
      await expect.poll(() => onTime(subject, deadline)).toBeGreaterThanOrEqual(1);
      await subject.close();
    });

    test('a deadline that has passed is sent at once', async () => {
      const subject = await open();
      const deadline = deadlineOf({ at: subject.now() - 10_000 });
      await subject.timers.arm(deadline);
      await subject.pass(1_000);
      await expect.poll(() => onTime(subject, deadline)).toBeGreaterThanOrEqual(1);
      await subject.close();
    });

    test('arming the same deadline again is no error, and it still comes', async () => {
      const subject = await open();
      const deadline = deadlineOf({ at: subject.now() + 1_000 });
      await Promise.all([subject.timers.arm(deadline), subject.timers.arm(deadline)]);
      await subject.timers.arm(deadline);
      await subject.pass(2_000);
      await expect.poll(() => onTime(subject, deadline)).toBeGreaterThanOrEqual(1);
      await subject.close();
    });

    test('deadlines of many windows each arrive, whatever their partition is called', async () => {
      const subject = await open();
      const partitions = ['', 'a', 'a/b', 'Ω-😀', 'x#y', '"quoted"', '$1', ' '];
      const deadlines = partitions.flatMap((partition) =>
        [1, 2, 3].map((windowSeq) =>
          deadlineOf({ partition, windowSeq, at: subject.now() + windowSeq * 500 }),
        ),
      );
      await Promise.all(deadlines.map((deadline) => subject.timers.arm(deadline)));
      await subject.pass(3_000);
      for (const deadline of deadlines) {
        await expect
          .poll(() => onTime(subject, deadline), { message: JSON.stringify(deadline) })
          .toBeGreaterThanOrEqual(1);
      }
      await subject.close();
    });

    test('a window that is armed anew in a later life of its log is another window', async () => {
      const subject = await open();
      const old = deadlineOf({ epoch: 'e1', at: subject.now() + 500 });
      const later = deadlineOf({ epoch: 'e2', at: subject.now() + 1_000 });
      await subject.timers.arm(old);
      await subject.timers.arm(later);
      await subject.pass(2_000);
      await expect.poll(() => onTime(subject, old)).toBeGreaterThanOrEqual(1);
      await expect.poll(() => onTime(subject, later)).toBeGreaterThanOrEqual(1);
      await subject.close();
    });

    end();
  });
}

/** How often exactly this deadline was sent when it had been reached. */
async function onTime(subject: TimersUnderTest, deadline: Deadline): Promise<number> {
  const wanted: Command = { kind: 'deadline', ...deadline };
  const sent = await subject.sent();
  return sent.filter(({ at, command }) => at >= deadline.at && same(command, wanted)).length;
}

function same(a: object, b: object): boolean {
  const ordered = (value: object) => JSON.stringify(Object.entries(value).sort());
  return ordered(a) === ordered(b);
}

export function deadlineOf(parts: Partial<Deadline> & { at: number }): Deadline {
  return { route: 'sales', partition: '', epoch: 'e1', windowSeq: 1, ...parts };
}
