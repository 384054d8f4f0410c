import type { Command, Commands } from '../commands/commands.ts';
import type { Clock } from '../core/clock.ts';
import { agenda } from './agenda.ts';
import { backoffMs } from './backoff.ts';
import type { Deadline, Timers } from './timers.ts';
import { systemWakeAfter, type WakeAfter } from './wakeup.ts';

export interface InProcessTimersOptions {
  clock: Pick<Clock, 'now' | 'random'>;
  commands: Commands;
  /** Wakes the timers up; the system's by default. */
  wakeAfter?: WakeAfter;
  /** `commands` refused a deadline; it is sent again. */
  onProblem?: (error: unknown, deadline: Deadline) => void;
}

export interface InProcessTimers extends Timers {
  /** Drops all timers and fires none any more: the next start rebuilds them. Resolves when no `send` is under way. */
  stop(): Promise<void>;
  /** Deadlines that have not been sent yet. */
  readonly size: number;
}

/**
 * The clock is looked at this often: it may have been set, and while a laptop sleeps the system's timers stand still.
 * A deadline that passed in the meantime is at most this late after the wake-up.
 */
const LOOK_MS_MAX = 60_000;

const RESEND = { firstMs: 500, maxMs: 30_000 };

/**
 * Timers in this process. A deadline is sent when the clock has reached it, never before, however the clock was set
 * in between. Arming a window again keeps the earlier instant. Any number of days
 * ahead is fine.
 */
export function inProcessTimers(options: InProcessTimersOptions): InProcessTimers {
  const { clock, commands, wakeAfter = systemWakeAfter } = options;
  const armed = agenda<{ deadline: Deadline; failures: number }>();
  const sending = new Set<Promise<void>>();
  let cancelWake = () => {};
  let stopped = false;

  const look = () => {
    const now = clock.now();
    for (let due = armed.takeDue(now); due !== undefined; due = armed.takeDue(now)) {
      const sent = send(due.id, due.item.deadline, due.item.failures).finally(() => sending.delete(sent));
      sending.add(sent);
    }
    plan();
  };

  const plan = () => {
    cancelWake();
    const first = armed.first();
    if (first === undefined || stopped) return;
    cancelWake = wakeAfter(Math.min(Math.max(first.at - clock.now(), 1), LOOK_MS_MAX), look);
  };

  const send = async (id: string, deadline: Deadline, failures: number) => {
    try {
      await commands.send(commandOf(deadline));
    } catch (error) {
      if (stopped) return;
      options.onProblem?.(error, deadline);
      // Armed again in the meantime: that timer sends it.
      if (armed.get(id) !== undefined) return;
      const wait = backoffMs(RESEND, failures + 1, clock.random);
      armed.set(id, clock.now() + wait, { deadline, failures: failures + 1 });
      plan();
    }
  };

  return {
    async arm(deadline) {
      if (stopped) return;
      if (!Number.isFinite(deadline.at)) {
        throw new RangeError(`A deadline at ${deadline.at} can never be reached; expected ms since 1970.`);
      }
      const id = windowId(deadline);
      const before = armed.get(id);
      // Kept at the earlier instant: redeliveries that arm again and again must not push a deadline ahead of them.
      if (before !== undefined && before.item.failures === 0 && before.at <= deadline.at) return;
      armed.set(id, deadline.at, { deadline, failures: 0 });
      plan();
    },
    async stop() {
      stopped = true;
      cancelWake();
      armed.clear();
      await Promise.all(sending);
    },
    get size() {
      return armed.size + sending.size;
    },
  };
}

function commandOf({ route, partition, epoch, windowSeq, at }: Deadline): Command {
  return { kind: 'deadline', route, partition, epoch, windowSeq, at };
}

function windowId({ route, partition, epoch, windowSeq }: Deadline): string {
  return JSON.stringify([route, partition, epoch, windowSeq]);
}
