import { wallTime } from '../core/local-time.ts';
import type { RouteFacts } from './sources.ts';

/** A cron tick to come. */
export interface Tick {
  /** Index of the schedule in its route. */
  schedule: number;
  cron: string;
  timezone: string;
  minEvents: number;
  at: number;
  /** The instant in the schedule's own zone: `2026-11-02 09:00:00 +01:00`. */
  local: string;
}

/** The next `perSchedule` ticks of each schedule after `now`, earliest first. */
export function nextTicks(route: RouteFacts | null, now: number, perSchedule: number): Tick[] {
  const ticks = (route?.schedules ?? []).flatMap((schedule, index) => {
    const { cron, timezone, minEvents } = schedule;
    const found: Tick[] = [];
    for (let at = schedule.next(now); at !== null && found.length < perSchedule; at = schedule.next(at))
      found.push({ schedule: index, cron, timezone, minEvents, at, local: localTime(at, timezone) });
    return found;
  });
  return ticks.sort((a, b) => a.at - b.at);
}

/** An instant (ms) in a time zone, to the second and with the offset that holds there then. */
export function localTime(at: number, timezone: string): string {
  const wall = wallTime(timezone, at);
  const minutes = Math.round((wall - at) / 60_000);
  const sign = minutes < 0 ? '-' : '+';
  const hours = String(Math.trunc(Math.abs(minutes) / 60)).padStart(2, '0');
  const rest = String(Math.abs(minutes) % 60).padStart(2, '0');
  return `${new Date(wall).toISOString().slice(0, 19).replace('T', ' ')} ${sign}${hours}:${rest}`;
}
