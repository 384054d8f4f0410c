import type { OpenWindow } from './window.ts';

/** When a window closes for lack of time, and which of its limits says so. */
export interface Due {
  /** ms since 1970. */
  at: number;
  reason: 'time' | 'quiet';
}

/**
 * The instant at which a window must close though nothing more arrives: its opening + the time limit, or its
 * latest event + the quiet period where that is sooner. Without a quiet period it never moves.
 */
export function dueOf(window: Pick<OpenWindow, 'openedAt' | 'lastAt' | 'limits'>): Due {
  const time = window.openedAt + window.limits.windowMs;
  if (window.limits.quietMs === undefined) return { at: time, reason: 'time' };
  const quiet = window.lastAt + window.limits.quietMs;
  return quiet < time ? { at: quiet, reason: 'quiet' } : { at: time, reason: 'time' };
}
