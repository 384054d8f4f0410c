import { nearest } from '../routes/nearest.ts';

/** Names offered for one that was not found. */
const OFFERED_MAX = 3;

/** The names that were perhaps meant: the one fewest letters off, then those that begin alike. At most three. */
export function nearestNames(typed: string, names: string[]): string[] {
  const start = typed.toLowerCase();
  const alike = start === '' ? [] : names.filter((name) => name.toLowerCase().startsWith(start));
  const best = nearest(typed, names);
  return [...new Set([...(best === null ? [] : [best]), ...alike])].slice(0, OFFERED_MAX);
}
