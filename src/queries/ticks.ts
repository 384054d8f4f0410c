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

/** An instant in a time zone, with the offset that holds there then. */
export function localTime(at: number, timezone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((each) => each.type === type)?.value ?? '';
  const offset = part('timeZoneName').replace('GMT', '') || '+00:00';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')} ${offset}`;
}
