import type { FaultKind } from './faults.ts';
import { type BatchLedger, type Ledger, nameOf, type PartitionLedger } from './ledger.ts';
import type { Shape } from './shape.ts';
import type { World } from './world.ts';

/** Kinds of faults that do not keep a window from closing in time. */
export const HARMLESS: readonly FaultKind[] = [
  'winner withheld',
  'short page',
  'outage',
  'clock skew',
  'clock drift',
  'clock step back',
  'duplicate at once',
  'duplicate minutes later',
  'dead letter redriven days later',
  'notice delayed',
  'reordered delivery',
  'deletion lost',
  'timer early',
  'timer twice',
  'command twice',
  'execution fails',
  'execution redriven',
  'report lost',
  'report twice',
  'report late',
  'flush',
  'flush retried',
  'flush at several processes',
  'cron flush',
  'policy changed',
  'pipeline changed',
  'configuration lag',
  'route moved',
];

/** Latency, and the wait for a turn behind other operations on the partition (ms). */
const WORK_MAX_MS = 30_000;
/** A command that could not be carried out comes back after 60 s; this is how often in a row that is borne. */
const COMMAND_ATTEMPTS = 20;
const COMMAND_RETRY_MS = 60_000;
/** Lives in a row that may end before they come to a window: some worlds have one process, and crash it every second. */
const LIVES = 5;

/**
 * How late a window may close by true time (ms), measured from its deadline, or from its opening where it was
 * overdue by then:
 *
 * - nothing that hinders: the skew of the slowest clock, for the committer's own must have reached the deadline;
 * - in chaos: besides, a frozen or dead process, several times over, a late timer, and a run of commands that fail; a lost timer is
 *   seen by reconcile 60 s after the deadline, and reconcile itself may fail, too.
 */
export function latenessMax({ faults, processes, timerLateMaxMs, reconcileMs }: Shape): number {
  const calm = processes.skewMaxMs + WORK_MAX_MS;
  const on = (Object.keys(faults) as FaultKind[]).filter((kind) => (faults[kind] ?? 0) > 0);
  if (on.every((kind) => HARMLESS.includes(kind))) return calm;
  const down = LIVES * (processes.freezeMaxMs + processes.restartMaxMs);
  const retries =
    COMMAND_ATTEMPTS * Math.max(COMMAND_RETRY_MS, on.includes('timer lost') ? (reconcileMs ?? 0) : 0);
  return calm + down + timerLateMaxMs + retries;
}

/** The same once everything works again (ms): a lost timer waits for reconcile, a late one for its time. */
export function latenessHealedMax({ processes, timerLateMaxMs, reconcileMs }: Shape): number {
  return (
    processes.skewMaxMs + WORK_MAX_MS + COMMAND_RETRY_MS + timerLateMaxMs + 2 * (reconcileMs ?? 0) + 60_000
  );
}

/** True ms between the moment at which a window was due and open, and its closing. */
export function latenessOf({ batch, openedTrueAt, closedTrueAt }: BatchLedger): number {
  return closedTrueAt - Math.max(batch.deadline, openedTrueAt);
}

/** Promise 4: every window closes at its deadline, whatever closes it, and no backlog is cut to shreds. */
export function checkLateness({ shape }: World, ledger: Ledger, healedAt: number): string[] {
  const max = latenessMax(shape);
  const healedMax = Math.min(max, latenessHealedMax(shape));
  const problems = ledger.batches.flatMap((each) => {
    const late = latenessOf(each);
    const sinceHealing = Math.min(late, each.closedTrueAt - healedAt);
    if (late <= max && sinceHealing <= healedMax) return [];
    return [
      `late: batch ${each.batch.id} closed ${late} ms after its deadline (at most ${max}, healed ${healedMax})`,
    ];
  });
  return [...problems, ...ledger.partitions.flatMap(checkCuts)];
}

/** A window that an arrival cut off for lack of time is followed by one that opened after its deadline. */
function checkCuts({ key, batches, records }: PartitionLedger): string[] {
  const cutting = new Set(
    records.filter(({ events }) => events.length > 0).flatMap(({ closed }) => closed.map(({ id }) => id)),
  );
  return batches.flatMap(({ batch }, index) => {
    const next = batches[index + 1]?.batch;
    if (batch.reason !== 'time' || !next || !cutting.has(batch.id) || next.openedAt > batch.deadline)
      return [];
    return [
      `shredded: ${nameOf(key)} window ${next.seq} opened before the deadline of the one cut off before it`,
    ];
  });
}
