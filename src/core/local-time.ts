const HOUR_MS = 3_600_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * The local date and time of an instant, written as the ms since 1970 at which UTC's clocks would show the same.
 *
 * @param instant ms since 1970
 * @throws RangeError for a time zone that Intl does not know
 */
export function wallTime(timezone: string, instant: number): number {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatOf(timezone).formatToParts(instant)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const milliseconds = ((instant % 1_000) + 1_000) % 1_000;
  return Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
}

/**
 * The first instant at which clocks in this zone show `wall`; null when they never do, because they were put
 * forward over it. Clocks that are put back show a time twice: the earlier instant counts.
 */
export function firstInstantOf(timezone: string, wall: number): number | null {
  // No zone is further from UTC than 14 hours, so these two offsets lie before and after any change of the clocks.
  const candidates = [wall - 15 * HOUR_MS, wall + 15 * HOUR_MS]
    .map((near) => wall - offsetAt(timezone, near))
    .filter((instant) => wallTime(timezone, instant) === wall);
  return candidates.length === 0 ? null : Math.min(...candidates);
}

/** The latest time that clocks in this zone have shown up to an instant, also where they were put back since. */
export function latestWallTime(timezone: string, instant: number): number {
  // Clocks are never put back by more than a day.
  const before = offsetAt(timezone, instant - 24 * HOUR_MS - 1);
  return instant + Math.max(before, offsetAt(timezone, instant));
}

function offsetAt(timezone: string, instant: number): number {
  return wallTime(timezone, instant) - instant;
}

function formatOf(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(timezone, format);
  return format;
}
