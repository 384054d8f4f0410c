import type { Clock } from '../core/clock.ts';
import type { PartitionKey } from '../core/window.ts';
import type { PartitionItem, Projections } from '../projections/projections.ts';
import type { Effects } from './effects.ts';
import type { ServiceOptions } from './options.ts';
import type { Ports } from './ports.ts';
import { createReconcileExecutions } from './reconcile-executions.ts';
import { createReconcilePartition } from './reconcile-partition.ts';
import { each, groupsOf, noteOldest, type Running, WIDTH } from './reconcile-run.ts';
import { registeredFrom } from './registry.ts';
import type { Reports } from './reports.ts';
import { keepUnended, type RouteBatches, readRouteBatches } from './route-batches.ts';
import type { ReconcileOptions, ReconcileReport } from './service.ts';
import { createSettling, type Unsettled } from './settling.ts';

/** Partitions of one route, in the order in which the run came to them. */
interface Stretch {
  route: string;
  unsettled: Unsettled[];
}

/**
 * The belt to the braces: compares what is projected with the log and does what is undone. The windows of all partitions
 * come first, for they have deadlines; then batches that were not started, for each of them may take its time; asking
 * after executions comes last, for there may be many and the asking is rationed. After a run that had to end early the
 * next one begins behind the partition where it stopped: what is slow keeps nothing behind it waiting for ever.
 */
export function createReconcile(
  ports: Ports,
  clock: Clock,
  options: ServiceOptions,
  effects: Effects,
  reports: Reports,
) {
  const { projections } = ports;
  const lookAfterExecutions = createReconcileExecutions(ports, clock, options, effects, reports);
  const reconcilePartition = createReconcilePartition(ports, clock, options);
  const settle = createSettling(ports, clock, options, effects);
  let stoppedAt: PartitionKey | null = null;

  return async function reconcile(asked: ReconcileOptions = {}): Promise<ReconcileReport> {
    const report: ReconcileReport = { partitions: 0, started: 0, rearmed: 0, settled: 0, statuses: 0 };
    const isOver = () => options.timeLeftMs() <= 0 || asked.stopping?.aborted === true;
    const run: Running = {
      ...{ atStart: asked.atStart ?? false, isOver, report, startedAt: clock.now(), at: stoppedAt },
      ...{ failures: [], oldest: new Map(), ended: new Set() },
    };
    try {
      const stretches = await lookAfterWindows(run);
      const sawAllWindows = run.failures.length === 0;
      run.at = stoppedAt;
      const found = new Map<string, RouteBatches>();
      try {
        await settleBatches(run, stretches, found);
        await lookAfterExecutions(run, [...found.values()]);
      } finally {
        await keepAll(projections, run, [...found.values()]);
      }
      run.at = null;
      if (sawAllWindows) asked.cameThrough?.();
    } finally {
      stoppedAt = run.at;
    }
    if (run.failures.length > 0) throw run.failures[0];
    return report;
  };

  /** Resolves with all routes, and the partitions that have batches to see to. */
  async function lookAfterWindows(run: Running): Promise<Stretch[]> {
    const stretches: Stretch[] = [];
    for await (const group of grouped(registeredFrom(projections, run.at), WIDTH)) {
      await each(run, group, async (item) => {
        if (stretches.at(-1)?.route !== item.route) stretches.push({ route: item.route, unsettled: [] });
        const stretch = stretches.at(-1);
        const { rearmed, unsettled } = await reconcilePartition(item, run.atStart).catch((error: unknown) => {
          noteOldest(run, item.route, Number.NEGATIVE_INFINITY);
          throw error;
        });
        run.report.partitions += 1;
        run.report.rearmed += Number(rearmed);
        if (unsettled !== null) stretch?.unsettled.push(unsettled);
      });
      run.at = group.at(-1) ?? run.at;
    }
    return stretches;
  }

  /** @param found takes in the batches of each route */
  async function settleBatches(
    run: Running,
    stretches: readonly Stretch[],
    found: Map<string, RouteBatches>,
  ): Promise<void> {
    try {
      for (const { route, unsettled } of stretches) {
        const known = found.get(route) ?? (await readRouteBatches(projections, route, run));
        found.set(route, known);
        for (const group of groupsOf(unsettled, WIDTH)) {
          await each(run, group, (one) => settleOne(run, one, known));
          run.at = group.at(-1)?.key ?? run.at;
        }
      }
    } catch (error) {
      for (const route of found.keys()) noteOldest(run, route, Number.NEGATIVE_INFINITY);
      throw error;
    }
  }

  async function settleOne(run: Running, one: Unsettled, known: RouteBatches): Promise<void> {
    const done = { started: 0, settled: 0, oldest: Number.POSITIVE_INFINITY };
    try {
      await settle(one, known, run, done);
    } finally {
      run.report.started += done.started;
      run.report.settled += done.settled;
      noteOldest(run, one.key.route, done.oldest);
    }
  }
}

/** Also in a run that had to end early: each route that is here was read to its end. */
async function keepAll(
  projections: Projections,
  { oldest, ended, failures }: Running,
  batches: RouteBatches[],
): Promise<void> {
  for (const one of batches) {
    const findings = { oldest: oldest.get(one.route) ?? Number.POSITIVE_INFINITY, ended };
    await keepUnended(projections, one, findings).catch((error: unknown) => failures.push(error));
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
