import { InvalidArgumentError } from 'commander';
import { nearestDuration, parseDuration, parseSize } from '../routes/quantities.ts';

/** What the options of `cost` accept, read for commander. */

const FILES_MAX = 1e12;
const COUNT_MAX = 1e9;
const TIME_MAX_MS = 3_660 * 86_400_000;

/** What routes.yml allows (src/routes/schema.ts, src/routes/values.ts, which would be slow to load here); a test compares. */
const EVENTS_MAX = 10_000;
const WINDOW_MAX_MS = 14 * 86_400_000;

/** `1e6`, `250000`, `2.5e6`: whole numbers that may be written in short. */
export function fileTotal(text: string): number {
  return wholeIn(text, 0, FILES_MAX);
}

export function positiveCount(text: string): number {
  return wholeIn(text, 1, COUNT_MAX);
}

/** Events that close a window. */
export function windowCount(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= EVENTS_MAX) return value;
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${EVENTS_MAX.toLocaleString('en')}.`);
}

/** How long a window is open, or quiet, in ms. */
export function windowTime(text: string): number {
  const ms = parseDuration(text);
  if (ms !== null && ms >= 1_000 && ms <= WINDOW_MAX_MS) return ms;
  const nearest = ms === null ? nearestDuration(text) : null;
  const hint = nearest === null ? '' : ` Did you mean ${nearest}?`;
  throw new InvalidArgumentError(`Expected a time from 1s to 14d, such as 30s, 5m, 1h or 2d.${hint}`);
}

export function percent(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= 100) return value;
  throw new InvalidArgumentError('Expected a number from 0 to 100.');
}

/** A time of at least a second, in ms. */
export function costTime(text: string): number {
  const ms = parseDuration(text) ?? 0;
  if (ms >= 1_000 && ms <= TIME_MAX_MS) return ms;
  throw new InvalidArgumentError('Expected a time from 1s to 3660d, such as 5m, 1h or 30d.');
}

export function costSize(text: string): number {
  const bytes = parseSize(text) ?? 0;
  if (bytes > 0) return bytes;
  throw new InvalidArgumentError('Expected a size such as 50KB, 1MiB or 2GB.');
}

function wholeIn(text: string, least: number, most: number): number {
  const value = /^\d+(\.\d+)?(e\d{1,2})?$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(
    `Expected a whole number from ${least} to ${most.toLocaleString('en')}, such as 250000 or 1e6.`,
  );
}
