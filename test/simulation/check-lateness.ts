import type { BatchLedger, Ledger } from './ledger.ts';
import type { World } from './world.ts';

/**
 * How late a window may close once everything works again (ms). Two clocks differ by 180 s at most; a lost timer
 * is seen 60 s after the deadline at the next reconcile, at most 300 s later; a late timer or command takes up to
 * 300 s, a redelivery 30 s.
 */
export const LATENESS_HEALED_MAX_MS = 15 * 60_000;
/** The same where nothing ever goes wrong: latency and the wait for a full delivery, no more (ms). */
export const LATENESS_CALM_MAX_MS = 60_000;

/** True ms between the moment at which a window was due and open and nothing hindered, and its closing. */
export function latenessOf({ batch, openedTrueAt, closedTrueAt }: BatchLedger, healedAt: number): number {
  const due = Math.max(batch.deadline, openedTrueAt);
  return closedTrueAt - (closedTrueAt > healedAt ? Math.max(due, healedAt) : due);
}

/** Promise 4: every window closes at its deadline, whatever closes it. */
export function checkLateness({ shape }: World, ledger: Ledger, healedAt: number): string[] {
  const calm = Object.keys(shape.faults).length === 0;
  const max = calm ? LATENESS_CALM_MAX_MS : LATENESS_HEALED_MAX_MS;
  return ledger.batches.flatMap((each) => {
    if (!calm && each.closedTrueAt <= healedAt) return [];
    const late = latenessOf(each, healedAt);
    return late > max
      ? [`late: batch ${each.batch.id} closed ${late} ms after its deadline (at most ${max})`]
      : [];
  });
}
