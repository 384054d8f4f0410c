/**
 * How long before their commit events asked a partition for identities (ms): the last ones, and the longest in the period
 * that began at `since` (ms since 1970) and in the one before. Late events come among fresh ones, and what they ask for
 * should not be read back for each of them.
 */
export interface Reach {
  lastMs: number;
  since: number;
  longestMs: number;
  beforeMs: number;
}

export const PERIOD_MS = 15 * 60_000;

export function noReach(): Reach {
  return { lastMs: 0, since: Number.NEGATIVE_INFINITY, longestMs: 0, beforeMs: 0 };
}

/** Takes in how far back events asked now. */
export function noteReach(reach: Reach, reachMs: number, now: number): void {
  const ago = now - reach.since;
  reach.lastMs = reachMs;
  if (ago >= 0 && ago <= PERIOD_MS) {
    reach.longestMs = Math.max(reach.longestMs, reachMs);
    return;
  }
  reach.beforeMs = ago > PERIOD_MS && ago <= 2 * PERIOD_MS ? reach.longestMs : 0;
  reach.longestMs = reachMs;
  reach.since = now;
}

/** The longest of late; after a while without events, and after a clock was set back, that of the last ones. */
export function longestReach({ lastMs, since, longestMs, beforeMs }: Reach, now: number): number {
  const ago = now - since;
  if (ago < 0 || ago > 2 * PERIOD_MS) return lastMs;
  return ago > PERIOD_MS ? longestMs : Math.max(longestMs, beforeMs);
}
