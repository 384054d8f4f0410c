import type { PartitionKey } from '../core/window.ts';

/**
 * Carries a window's deadline to the instant it names.
 *
 * Every driver guarantees, once `arm` has resolved:
 * 1. The deadline command reaches `commands` at least once, at `at` or later, as soon as the home can.
 * 2. It may also come early or more than once: the service then re-arms or does nothing.
 * 3. Arming the same deadline again is not an error and need not fire twice.
 * 4. How long a deadline that was armed again has to wait is worked out by the clock of the process that armed it.
 *    Otherwise a process whose clock is slow would find it early and arm it again without end.
 *
 * On a laptop armed timers live in memory and are rebuilt from the log at start.
 */
export interface Timers {
  arm(deadline: Deadline): Promise<void>;
}

/** The instant at which a non-empty window must close, of exactly one window of one life of a log. */
export interface Deadline extends PartitionKey {
  epoch: string;
  windowSeq: number;
  /** ms since 1970. */
  at: number;
}
