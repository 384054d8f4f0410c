import type { Commands } from '../commands/commands.ts';
import type { Clock } from '../core/clock.ts';
import { backoffMs } from '../timers/backoff.ts';
import { systemWakeAfter, type WakeAfter } from '../timers/wakeup.ts';
import { type Cron, type Schedule, tickCommand } from './cron.ts';
import { type Ticks, ticksOf } from './ticks.ts';

export interface InProcessCronOptions {
  schedules: Schedule[];
  clock: Pick<Clock, 'now' | 'random'>;
  commands: Commands;
  wakeAfter?: WakeAfter;
  /** A tick could not be sent and is tried again, or a schedule could not say its next tick and is off. */
  onProblem?: (error: unknown, schedule: Schedule) => void;
}

/** The clock is looked at this often: it may have been set, or the laptop may have slept. */
const LOOK_MS_MAX = 60_000;

const RESEND = { firstMs: 500, maxMs: 30_000 };

/**
 * Schedules in this process, from now on.
 *
 * - A tick fires once, also when the clock is set back over it.
 * - After a sleep only the latest tick that was missed fires, at most a minute after the wake-up: the earlier ones would
 *   find the same window.
 * - Ticks that passed while the server was down do not fire at its start: a flush at an unforeseen hour would
 *   surprise more than a window that waits for the next tick or its deadline.
 */
export function inProcessCron(options: InProcessCronOptions): Cron {
  const { clock, commands, wakeAfter = systemWakeAfter } = options;
  const running = new Map<Schedule, Ticks>();
  const sending = new Set<Promise<void>>();
  const resends = new Set<() => void>();
  let cancelWake = () => {};
  let stopped = false;

  /** A schedule that throws is off; the others go on. */
  const guarded = <Result>(schedule: Schedule, ask: () => Result): Result | null => {
    try {
      return ask();
    } catch (error) {
      running.delete(schedule);
      options.onProblem?.(error, schedule);
      return null;
    }
  };

  const look = () => {
    const now = clock.now();
    for (const [schedule, ticks] of running) {
      const due = guarded(schedule, () => ticks.takeDue(now));
      if (due !== null) send(schedule, due, 1);
    }
    plan();
  };

  const plan = () => {
    cancelWake();
    if (running.size === 0 || stopped) return;
    const now = clock.now();
    let wait = LOOK_MS_MAX;
    for (const [schedule, ticks] of running) {
      const tick = guarded(schedule, () => ticks.next(now));
      if (tick !== null) wait = Math.min(wait, Math.max(tick - now, 1));
    }
    cancelWake = wakeAfter(wait, look);
  };

  const send = (schedule: Schedule, tick: number, attempt: number) => {
    const sent = commands
      .send(tickCommand(schedule, tick))
      .catch((error: unknown) => {
        if (stopped) return;
        options.onProblem?.(error, schedule);
        const cancel = wakeAfter(backoffMs(RESEND, attempt, clock.random), () => {
          resends.delete(cancel);
          send(schedule, tick, attempt + 1);
        });
        resends.add(cancel);
      })
      .finally(() => sending.delete(sent));
    sending.add(sent);
  };

  for (const schedule of options.schedules) {
    const ticks = guarded(schedule, () => ticksOf(schedule, clock.now()));
    if (ticks !== null) running.set(schedule, ticks);
  }
  plan();

  return {
    async stop() {
      stopped = true;
      cancelWake();
      for (const cancel of resends) cancel();
      await Promise.all(sending);
    },
  };
}
