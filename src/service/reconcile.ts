import type { Clock } from '../core/clock.ts';
import type { BatchItem, PartitionItem, Projections } from '../projections/projections.ts';
import type { Effects } from './effects.ts';
import type { ServiceOptions } from './options.ts';
import { inParallel } from './parallel.ts';
import type { Ports } from './ports.ts';
import { batchName, createReconcilePartition } from './reconcile-partition.ts';
import { registered } from './registry.ts';
import type { Reports } from './reports.ts';
import type { ReconcileReport } from './service.ts';
import { createUnended } from './unended.ts';

/** Partitions and batches seen to at the same time. */
const WIDTH = 8;
const BATCHES_PAGE = 200;
/** Executions that have not ended are looked for among the batches of this long (ms): two days. */
const HORIZON_MS = 2 * 86_400_000;

/** The belt to the braces: compares what is projected with the log and does what is undone. */
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

  return async function reconcile({ atStart = false } = {}): Promise<ReconcileReport> {
    const report: ReconcileReport = { partitions: 0, started: 0, rearmed: 0, settled: 0, statuses: 0 };
    for (const route of await projections.routes()) {
      const since = atStart ? Number.NEGATIVE_INFINITY : clock.now() - HORIZON_MS;
      const recent = await recentBatches(projections, route, since);
      const running = recent.filter(({ status }) => status === 'running');
      const looked = await inParallel(running, WIDTH, (item) => lookAfter(item, atStart));
      report.statuses += looked.filter((outcome) => outcome === 'settled').length;
      report.started += looked.filter((outcome) => outcome === 'restarted').length;

      const known = new Set(recent.map(batchName));
      for await (const group of grouped(registered(projections, route), WIDTH)) {
        await inParallel(group, WIDTH, async (item) => {
          const done = await reconcilePartition(item, known, atStart);
          report.partitions += 1;
          report.started += done.started;
          report.rearmed += Number(done.rearmed);
          report.settled += done.settled;
        });
      }
    }
    return report;
  };
}

/**
 * One query tells which of the latest batches are known as started, where a search in the log would cost reads for
 * each of them.
 */
async function recentBatches(projections: Projections, route: string, since: number): Promise<BatchItem[]> {
  const items: BatchItem[] = [];
  let before: BatchItem | undefined;
  for (;;) {
    const page = await projections.batches(route, { limit: BATCHES_PAGE, ...(before && { before }) });
    items.push(...page.items);
    before = page.items.at(-1);
    if (!page.more || !before || before.closedAt < since) return items;
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
