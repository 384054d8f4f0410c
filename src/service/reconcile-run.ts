import type { PartitionKey } from '../core/window.ts';
import { inParallel } from './parallel.ts';
import type { ReconcileReport } from './service.ts';
import type { Run } from './settling.ts';

/** Partitions and batches seen to at the same time. */
export const WIDTH = 8;

/** Reconcile had to end before it had seen everything. */
export class ReconcileUnfinishedError extends Error {
  override readonly name = 'ReconcileUnfinishedError';
  /** Partitions whose windows were seen to. */
  readonly partitions: number;

  constructor(partitions: number, cause: unknown) {
    super(
      `Reconcile ran out of time: it saw to the windows of ${partitions} partitions and to the batches of some. The next ` +
        'run begins behind the last of them; until then the others rely on timers and redelivery alone. See what ' +
        'answers slowly, or give it more time and memory.',
      { cause },
    );
    this.partitions = partitions;
  }
}

/** One run: how it works, what it has done, and where it is. */
export interface Running extends Run {
  /** ms since 1970. */
  startedAt: number;
  report: ReconcileReport;
  failures: unknown[];
  /** The partition that it came to last. */
  at: PartitionKey | null;
  /** By route, when the oldest batch closed that was not known as started, see settling.ts. */
  oldest: Map<string, number>;
  /** Ids of batches that are not waited for any longer. */
  ended: Set<string>;
}

/** @param closedAt see {@link Running.oldest} */
export function noteOldest({ oldest }: Running, route: string, closedAt: number): void {
  oldest.set(route, Math.min(closedAt, oldest.get(route) ?? Number.POSITIVE_INFINITY));
}

/** What one of them rejects with keeps none of the others from being seen to. */
export async function each<Item>(
  run: Running,
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  endInTime(run);
  await inParallel(items, WIDTH, (item) =>
    work(item).catch((error: unknown) => void run.failures.push(error)),
  );
}

export function endInTime({ isOver, report, failures }: Running): void {
  if (isOver()) throw new ReconcileUnfinishedError(report.partitions, failures[0]);
}

export function groupsOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
