/**
 * How this process fares against others that put records into the same log. Who has just put one knows the tail, and is
 * first with the next; who lost has to wait and to read. Each try that is made while another process goes on is paid for
 * and in vain, so the more processes there are, the longer each should wait.
 */
export interface Contention {
  /** Records put since another process was faster. */
  inARow: number;
  /** Mean pause after losing a race (ms). */
  pauseMs: number;
  /** Looks in a row that found nothing new before a record was put; infinite while nobody else was ever met. */
  vainLooks: number;
}

/** Flat full jitter around it: measured better than exponential back-off here. */
const PAUSE_MS = 20;
const PAUSE_MAX_MS = 60;
const PAUSE_FACTOR = 1.5;

/** Who gets fewer records in between two losses has many others beside it; who gets more has few. */
const FEW_RECORDS = 3;
const MANY_RECORDS = 6;

/** After so many looks in vain the others are taken for gone, until a race is lost again. */
const VAIN_LOOKS_MAX = 3;
/** What was the tail so lately (ms) most likely still is. */
const FRESH_MS = 20;

export function noContention(): Contention {
  return { inARow: 0, pauseMs: PAUSE_MS, vainLooks: Number.POSITIVE_INFINITY };
}

/** To be called when another process was faster though the tail was not stale, once for all tries of a commit. */
export function lostRace(contention: Contention): void {
  const { inARow, pauseMs } = contention;
  if (inARow < FEW_RECORDS) contention.pauseMs = Math.min(PAUSE_MAX_MS, pauseMs * PAUSE_FACTOR);
  if (inARow > MANY_RECORDS) contention.pauseMs = Math.max(PAUSE_MS, pauseMs / PAUSE_FACTOR);
  contention.inARow = 0;
  contention.vainLooks = 0;
}

/** Whether the tail may be out of date, `knownMs` after it was known to be the last record. */
export function isStale(knownMs: number): boolean {
  return knownMs > FRESH_MS;
}

/**
 * To be called when a put failed though the tail was stale. Others have been there since; they need not be there now, so
 * there is nobody to wait for.
 */
export function wasBehind(contention: Contention): void {
  contention.vainLooks = 0;
}

/**
 * Whether to look for others' records before putting one: a look costs a fifth of a write unit, a put in vain at least
 * one.
 *
 * @param knownMs how long ago the tail was known to be the last record
 */
export function shouldLook({ vainLooks }: Contention, knownMs: number): boolean {
  return vainLooks < VAIN_LOOKS_MAX && isStale(knownMs);
}

/** To be called after a look. */
export function looked(contention: Contention, foundOthers: boolean): void {
  contention.vainLooks = foundOthers ? 0 : contention.vainLooks + 1;
}
