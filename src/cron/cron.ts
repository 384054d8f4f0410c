import type { Command } from '../commands/commands.ts';

/**
 * Flushes routes by their schedules.
 *
 * Every driver guarantees, while the home runs:
 * 1. Every tick of every schedule reaches `commands` as one flush command at its scheduled time or soon after.
 * 2. The flush id names route, schedule and scheduled time, so a tick that is delivered twice flushes once.
 * 3. A tick is never sent before its scheduled time.
 *
 * On AWS EventBridge Scheduler does this; see `in-process.ts` for what a laptop does about ticks it slept through.
 */
export interface Cron {
  stop(): Promise<void>;
}

/** One entry of a route's `flush` list. */
export interface Schedule {
  route: string;
  /** Its place in the list, from 0. */
  index: number;
  /** The first tick after an instant (ms since 1970), or null when there is none. */
  next(after: number): number | null;
  /** Windows with fewer events stay open; at least 1. */
  minEvents: number;
}

/**
 * The id of a tick's flush: `<route>/<index>/<scheduled time>`, the time in UTC without a fraction of a second, as
 * EventBridge Scheduler writes it: `sales/0/2026-11-23T08:30:00Z`.
 */
export function cronFlushId(route: string, index: number, scheduledAt: number): string {
  return `${route}/${index}/${new Date(scheduledAt).toISOString().replace(/\.\d+Z$/, 'Z')}`;
}

/** What a tick asks for. */
export function tickCommand(
  { route, index, minEvents }: Pick<Schedule, 'route' | 'index' | 'minEvents'>,
  scheduledAt: number,
): Command {
  return {
    kind: 'flush',
    flushId: cronFlushId(route, index, scheduledAt),
    reason: 'schedule',
    who: `schedule ${route}/${index}`,
    scope: { route },
    minEvents,
  };
}
