import type { decide } from '../core/decide.ts';
import type { Effects } from './effects.ts';
import type { Lanes } from './lanes.ts';

/** The service's numbers. Durations in ms. */
export interface ServiceOptions {
  /** Bucket for the manifests of batches whose input would be too large. */
  manifestBucket: string;
  /** How far before an event's birth duplicates are looked for: covers the skew between committers and S3. */
  dedupeMarginMs: number;
  /** An event that says it was born further ahead of our clock than this is reported as clock skew. */
  skewToleratedMs: number;
  /** A cached tail older than this is read again: the table may have been restored or recreated meanwhile. */
  tailAgeMaxMs: number;
  /** Fill time for a window that is overdue when it opens. */
  overdueGraceMs: number;
  /** After this long, effects that are not done become an `ensure` command. */
  effectsTimeoutMs: number;
  /** Times that one commit may lose its seq to other writers, or find the log unavailable, before it gives up. */
  conflictsMax: number;
  outagesMax: number;
  /** Events in one put; more wait for the next. */
  groupMax: number;
  /** Partitions that a process remembers the tail of. */
  partitionsRemembered: number;
  /** Events whose identity a process remembers, over all partitions; more where the next events will ask for them. */
  identitiesRemembered: number;
  /** Identities that are remembered when looking back far; what lies further is read without. Eight million take 270 MB. */
  lookBackMax: number;
  /** Events of open windows, over all partitions, that a process keeps at hand; a batch beyond is read back. */
  recentEventsMax: number;
  /** A window that opened this long after a flush was asked for is not meant by it: covers clock skew. */
  flushMarginMs: number;
  /** A flush over more partitions than this continues through the commands queue. */
  flushInlineMax: number;
  /** How late a deadline must be before reconcile sees to it. */
  overdueMs: number;
  /** Executions that one run of reconcile asks after; those that are left out are chosen by chance. */
  describesMax: number;
  /** How long this process may still work; what is not done by then is left to others. */
  timeLeftMs(): number;
}

export const defaultOptions: Omit<ServiceOptions, 'manifestBucket'> = {
  dedupeMarginMs: 120_000,
  skewToleratedMs: 90_000,
  tailAgeMaxMs: 3_600_000,
  overdueGraceMs: 5_000,
  effectsTimeoutMs: 20_000,
  conflictsMax: 20,
  outagesMax: 5,
  groupMax: 2_000,
  partitionsRemembered: 20_000,
  identitiesRemembered: 1_000_000,
  lookBackMax: 8_000_000,
  recentEventsMax: 20_000,
  flushMarginMs: 120_000,
  flushInlineMax: 100,
  overdueMs: 60_000,
  describesMax: Number.POSITIVE_INFINITY,
  timeLeftMs: () => Number.POSITIVE_INFINITY,
};

/**
 * The rules that the simulation takes away one at a time to show that each is needed. A home never sets them.
 */
export interface ServiceParts {
  decide: typeof decide;
  lanes: Lanes;
  /** Redoes the effects of records that already held our events. */
  redo: Effects['redo'];
}
