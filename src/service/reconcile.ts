import type { Clock } from '../core/clock.ts';
import type { PartitionKey } from '../core/window.ts';
import type { BatchItem, PartitionItem, Projections } from '../projections/projections.ts';
import type { Effects } from './effects.ts';
import type { ServiceOptions } from './options.ts';
import { inParallel } from './parallel.ts';
import type { Ports } from './ports.ts';
import { createReconcilePartition } from './reconcile-partition.ts';
import { registeredFrom } from './registry.ts';
import type { Reports } from './reports.ts';
import type { ReconcileReport, Service } from './service.ts';
import { batchName, createSettling, type KnownBatches, type Run, type Unsettled } from './settling.ts';
import { createUnended } from './unended.ts';

/** Partitions and batches seen to at the same time. */
const WIDTH = 8;
const BATCHES_PAGE = 200;
/** Executions that have not ended are looked for among the batches of this long (ms): two days. */
const HORIZON_MS = 2 * 86_400_000;

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
interface Running extends Run {
  report: ReconcileReport;
  failures: unknown[];
  /** The partition that it came to last. */
  at: PartitionKey | null;
}

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
  const lookAfter = createUnended(ports, clock, options, effects, reports);
  const reconcilePartition = createReconcilePartition(ports, clock, options);
  const settle = createSettling(ports, clock, options, effects);
  let stoppedAt: PartitionKey | null = null;

  return async function reconcile({
    atStart = false,
    stopping,
  }: Parameters<Service['reconcile']>[0] = {}): Promise<ReconcileReport> {
    const report: ReconcileReport = { partitions: 0, started: 0, rearmed: 0, settled: 0, statuses: 0 };
    const isOver = () => options.timeLeftMs() <= 0 || stopping?.aborted === true;
    const run: Running = { atStart, isOver, report, failures: [], at: stoppedAt };
    try {
      const stretches = await lookAfterWindows(run);
      run.at = stoppedAt;
      await lookAfterExecutions(run, await settleBatches(run, stretches));
      run.at = null;
    } finally {
      stoppedAt = run.at;
    }
    if (run.failures.length > 0) throw run.failures[0];
    return report;
  };

  /** Resolves with the partitions that have batches to see to. */
  async function lookAfterWindows(run: Running): Promise<Stretch[]> {
    const stretches: Stretch[] = [];
    for await (const group of grouped(registeredFrom(projections, run.at), WIDTH)) {
      await each(run, group, async (item) => {
        const { rearmed, unsettled } = await reconcilePartition(item, run.atStart);
        run.report.partitions += 1;
        run.report.rearmed += Number(rearmed);
        if (unsettled === null) return;
        if (stretches.at(-1)?.route !== item.route) stretches.push({ route: item.route, unsettled: [] });
        stretches.at(-1)?.unsettled.push(unsettled);
      });
      run.at = group.at(-1) ?? run.at;
    }
    return stretches;
  }

  /** Resolves with the batches that are shown as running. */
  async function settleBatches(run: Running, stretches: readonly Stretch[]): Promise<BatchItem[]> {
    const running = new Map<string, BatchItem[]>();
    const idle = (await projections.routes()).map((route) => ({ route, unsettled: [] }));
    for (const { route, unsettled } of [...stretches, ...idle]) {
      if (unsettled.length === 0 && running.has(route)) continue;
      const known = await batchesOf(projections, run, route, clock.now() - HORIZON_MS);
      running.set(route, known.running);
      for (const group of groupsOf(unsettled, WIDTH)) {
        await each(run, group, (one) => settle(one, known, run, run.report));
        run.at = group.at(-1)?.key ?? run.at;
      }
    }
    return [...running.values()].flat();
  }

  async function lookAfterExecutions(run: Running, running: BatchItem[]): Promise<void> {
    const { report, atStart } = run;
    for (const group of groupsOf(atStart ? running : rationed(running), WIDTH)) {
      await each(run, group, async (item) => {
        const looked = await lookAfter(item, atStart);
        if (looked === 'settled') report.statuses += 1;
        if (looked === 'restarted') report.started += 1;
      });
    }
    endInTime(run);
  }

  /** Those of them that may have been forgotten, or as many as may be asked after: others the next time. */
  function rationed(running: BatchItem[]): BatchItem[] {
    const due = running.filter(({ startedAt }) => startedAt + options.overdueMs <= clock.now());
    if (due.length <= options.describesMax) return due;
    const first = Math.floor(clock.random() * due.length);
    return [...due.slice(first), ...due.slice(0, first)].slice(0, options.describesMax);
  }
}

/** A route's batches as far as they matter to a run. They tell which are known as started, without a search in the log. */
async function batchesOf(
  projections: Projections,
  run: Running,
  route: string,
  since: number,
): Promise<KnownBatches & { running: BatchItem[] }> {
  const names = new Set<string>();
  const running: BatchItem[] = [];
  const from = run.atStart ? Number.NEGATIVE_INFINITY : since;
  for await (const batches of batchPages(projections, route, from)) {
    endInTime(run);
    for (const item of batches) {
      if (item.closedAt >= since) names.add(batchName(item));
      if (item.status === 'running') running.push(item);
    }
  }
  return { since, names, running };
}

/** What one of them rejects with keeps none of the others from being seen to. */
async function each<Item>(
  run: Running,
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  endInTime(run);
  await inParallel(items, WIDTH, (item) =>
    work(item).catch((error: unknown) => void run.failures.push(error)),
  );
}

function endInTime({ isOver, report, failures }: Running): void {
  if (isOver()) throw new ReconcileUnfinishedError(report.partitions, failures[0]);
}

function groupsOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** A route's batches, the latest first, a page at a time. */
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
