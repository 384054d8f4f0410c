import type { Clock } from '../core/clock.ts';
import type { BatchItem, PartitionItem, Projections } from '../projections/projections.ts';
import type { Effects } from './effects.ts';
import type { ServiceOptions } from './options.ts';
import { inParallel } from './parallel.ts';
import type { Ports } from './ports.ts';
import { createReconcilePartition } from './reconcile-partition.ts';
import { registered } from './registry.ts';
import type { Reports } from './reports.ts';
import type { ReconcileReport, Service } from './service.ts';
import { batchName, type KnownBatches } from './settling.ts';
import { createUnended } from './unended.ts';

/** Partitions and batches seen to at the same time. */
const WIDTH = 8;
const BATCHES_PAGE = 200;
/** Executions that have not ended are looked for among the batches of this long (ms): two days. */
const HORIZON_MS = 2 * 86_400_000;

/** Reconcile was told to end before it had seen everything. */
export class ReconcileUnfinishedError extends Error {
  override readonly name = 'ReconcileUnfinishedError';
  /** Partitions that were seen to. */
  readonly partitions: number;

  constructor(partitions: number) {
    super(
      `Reconcile ran out of time after ${partitions} partitions. Those behind them rely on timers and redelivery ` +
        'alone; see what answers slowly, or give it more time and memory.',
    );
    this.partitions = partitions;
  }
}

/**
 * The belt to the braces: compares what is projected with the log and does what is undone. Partitions come first, for
 * their windows have deadlines; asking after executions comes last, for there may be many and the asking is rationed.
 */
export function createReconcile(
  ports: Ports,
  clock: Clock,
  options: ServiceOptions,
  effects: Effects,
  reports: Reports,
) {
  const { projections } = ports;
  const lookAfter = createUnended(ports, clock, options, effects, reports);
  const reconcilePartition = createReconcilePartition(ports, clock, options, effects);

  return async function reconcile({
    atStart = false,
    stopping,
  }: Parameters<Service['reconcile']>[0] = {}): Promise<ReconcileReport> {
    const report: ReconcileReport = { partitions: 0, started: 0, rearmed: 0, settled: 0, statuses: 0 };
    const failures: unknown[] = [];

    async function lookAfterBatch(item: BatchItem): Promise<void> {
      const looked = await lookAfter(item, atStart);
      if (looked === 'settled') report.statuses += 1;
      if (looked === 'restarted') report.started += 1;
    }

    async function lookAfterPartition(item: PartitionItem, known: KnownBatches): Promise<void> {
      const done = await reconcilePartition(item, known, atStart);
      report.partitions += 1;
      report.started += done.started;
      report.rearmed += Number(done.rearmed);
      report.settled += done.settled;
    }

    /** What one of them rejects with keeps none of the others from being seen to. */
    function each<Item>(items: Item[], work: (item: Item) => Promise<void>): Promise<unknown> {
      return inParallel(items, WIDTH, (item) =>
        work(item).catch((error: unknown) => void failures.push(error)),
      );
    }

    const running: BatchItem[] = [];
    for (const route of await projections.routes()) {
      const since = clock.now() - HORIZON_MS;
      const names = new Set<string>();
      const from = atStart ? Number.NEGATIVE_INFINITY : since;
      for await (const batches of batchPages(projections, route, from)) {
        for (const item of batches) {
          if (item.closedAt >= since) names.add(batchName(item));
          if (item.status === 'running') running.push(item);
        }
      }
      for await (const group of grouped(registered(projections, route), WIDTH)) {
        if (options.timeLeftMs() <= 0 || stopping?.aborted)
          throw new ReconcileUnfinishedError(report.partitions);
        await each(group, (item) => lookAfterPartition(item, { since, names }));
      }
    }
    await each(atStart ? running : rationed(running), lookAfterBatch);
    if (failures.length > 0) throw failures[0];
    return report;
  };

  /** Those of them that may have been forgotten, or as many as may be asked after: others the next time. */
  function rationed(running: BatchItem[]): BatchItem[] {
    const due = running.filter(({ startedAt }) => startedAt + options.overdueMs <= clock.now());
    if (due.length <= options.describesMax) return due;
    const first = Math.floor(clock.random() * due.length);
    return [...due.slice(first), ...due.slice(0, first)].slice(0, options.describesMax);
  }
}

/**
 * A route's batches, the latest first, a page at a time. They tell which batches are known as started, where a
 * search in the log would cost reads for each of them.
 */
async function* batchPages(
  projections: Projections,
  route: string,
  since: number,
): AsyncGenerator<BatchItem[]> {
  let before: BatchItem | undefined;
  for (;;) {
    const page = await projections.batches(route, { limit: BATCHES_PAGE, ...(before && { before }) });
    yield page.items;
    before = page.items.at(-1);
    if (!page.more || !before || before.closedAt < since) return;
  }
}

async function* grouped(items: AsyncIterable<PartitionItem>, size: number): AsyncGenerator<PartitionItem[]> {
  let group: PartitionItem[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
