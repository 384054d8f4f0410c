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
}

/** Flat full jitter around it: measured better than exponential back-off here. */
const PAUSE_MS = 20;
const PAUSE_MAX_MS = 160;
const PAUSE_FACTOR = 1.5;

/** Who gets fewer records in between two losses has many others beside it; who gets more has few. */
const FEW_RECORDS = 3;
const MANY_RECORDS = 6;

export function noContention(): Contention {
  return { inARow: 0, pauseMs: PAUSE_MS };
}

/** To be called when another process was faster than a commit, once for all its tries. */
export function lostRace(contention: Contention): void {
  const { inARow, pauseMs } = contention;
  if (inARow < FEW_RECORDS) contention.pauseMs = Math.min(PAUSE_MAX_MS, pauseMs * PAUSE_FACTOR);
  if (inARow > MANY_RECORDS) contention.pauseMs = Math.max(PAUSE_MS, pauseMs / PAUSE_FACTOR);
  contention.inARow = 0;
}
