import type { Clock } from '../core/clock.ts';
import { dueOf } from '../core/deadline.ts';
import type { LogRecord, PartitionKey } from '../core/window.ts';
import { closingRecord } from '../log/search.ts';
import type { BatchItem, PartitionItem } from '../projections/projections.ts';
import { type Effects, positionOf } from './effects.ts';
import type { ServiceOptions } from './options.ts';
import { inParallel } from './parallel.ts';
import type { Ports } from './ports.ts';
import { registered } from './registry.ts';
import type { Reports } from './reports.ts';
import type { ReconcileReport } from './service.ts';

/** Partitions and batches seen to at the same time. */
const WIDTH = 8;
const BATCHES_PAGE = 200;
/** Unended executions are looked for among the batches of this long (ms): two days. */
const UNENDED_HORIZON_MS = 2 * 86_400_000;

/** The belt to the braces: compares what is projected with the log and does what is undone. */
export function createReconcile(
  ports: Ports,
  clock: Clock,
  options: ServiceOptions,
  effects: Effects,
  reports: Reports,
) {
  const { log, projections, timers, executions, observe } = ports;

  return async function reconcile({ atStart = false } = {}): Promise<ReconcileReport> {
    const report: ReconcileReport = { partitions: 0, started: 0, rearmed: 0, settled: 0, statuses: 0 };
    for (const route of await projections.routes()) {
      const recent = await recentBatches(route, atStart);
      await inParallel(unended(recent), WIDTH, (item) => settleStatus(item, atStart, report));
      const known = new Set(
        recent.map(({ partition, epoch, seq }) => batchName({ route, partition }, epoch, seq)),
      );
      let group: PartitionItem[] = [];
      for await (const item of registered(projections, route)) {
        group.push(item);
        if (group.length < WIDTH) continue;
        await inParallel(group, WIDTH, (one) => reconcilePartition(one, known, atStart, report));
        group = [];
      }
      await inParallel(group, WIDTH, (one) => reconcilePartition(one, known, atStart, report));
    }
    return report;
  };

  /** One query tells which of the latest batches are known as started, where a search in the log would cost reads for each. */
  async function recentBatches(route: string, all: boolean): Promise<BatchItem[]> {
    const items: BatchItem[] = [];
    const oldest = all ? Number.NEGATIVE_INFINITY : clock.now() - UNENDED_HORIZON_MS;
    let before: BatchItem | undefined;
    for (;;) {
      const page = await projections.batches(route, { limit: BATCHES_PAGE, ...(before && { before }) });
      items.push(...page.items);
      before = page.items.at(-1);
      if (!page.more || !before || before.closedAt < oldest) return items;
    }
  }

  function unended(items: BatchItem[]): BatchItem[] {
    return items.filter(({ status }) => status === 'running');
  }

  async function settleStatus(item: BatchItem, atStart: boolean, report: ReconcileReport): Promise<void> {
    if (!atStart && item.startedAt + options.overdueMs > clock.now()) return;
    const state = await executions.describe({ name: item.id, pipeline: item.pipeline });
    if (state && (state.status !== item.status || state.redrives > item.redrives)) {
      await reports.settle(item, state);
      report.statuses += 1;
      observe({ kind: 'repaired', ...keyOf(item), at: clock.now(), what: 'status', batch: item.id });
    } else if (atStart && state?.status !== 'running') {
      await effects.start(keyOf(item), item.epoch, item);
      report.started += 1;
    }
  }

  async function reconcilePartition(
    item: PartitionItem,
    known: Set<string>,
    atStart: boolean,
    report: ReconcileReport,
  ) {
    const key = keyOf(item);
    const tail = await log.tail(key);
    report.partitions += 1;
    if (!tail) return;
    await reproject(key, item, tail, atStart);
    await settleBatches(key, item, tail, known, atStart, report);
    const { window, epoch, windowSeq } = tail.state;
    if (!window) return;
    const due = dueOf(window).at;
    const overdue = due + options.overdueMs <= clock.now();
    if (!overdue && !atStart) return;
    await timers.arm({ ...key, epoch, windowSeq, at: due });
    report.rearmed += 1;
    if (!atStart) observe({ kind: 'repaired', ...key, at: clock.now(), what: 'timer' });
  }

  /** The item follows the log when a window opens or closes; what lies within a grace may still be under way. */
  async function reproject(
    key: PartitionKey,
    item: PartitionItem,
    tail: LogRecord,
    atStart: boolean,
  ): Promise<void> {
    const { position } = item;
    const { epoch, windowSeq, window } = tail.state;
    const same =
      position?.epoch === epoch &&
      position.windowSeq === windowSeq &&
      (position.window === null) === (window === null);
    if (same || !(atStart || tail.at + options.overdueMs <= clock.now())) return;
    await projections.advance(key, positionOf(tail));
    observe({ kind: 'repaired', ...key, at: clock.now(), what: 'projection' });
  }

  /** Starts what is not started, in order, and remembers how far all is known as started. */
  async function settleBatches(
    key: PartitionKey,
    item: PartitionItem,
    tail: LogRecord,
    known: Set<string>,
    atStart: boolean,
    report: ReconcileReport,
  ): Promise<void> {
    const { epoch, windowSeq } = tail.state;
    const from = item.position?.epoch === epoch ? item.settledTo : 0;
    let settledTo = from;
    while (settledTo + 1 < windowSeq) {
      const seq = settledTo + 1;
      if (!known.has(batchName(key, epoch, seq))) {
        const closing = await closingRecord(log, key, seq);
        // Whoever closed it just now is still seeing to it.
        if (!closing || !(atStart || closing.batch.closedAt + options.overdueMs <= clock.now())) break;
        if (await effects.ensureStarted(key, epoch, closing.batch)) {
          report.started += 1;
          observe({ kind: 'repaired', ...key, at: clock.now(), what: 'start', batch: closing.batch.id });
        }
      }
      settledTo = seq;
    }
    if (settledTo === from) return;
    await projections.settle(key, epoch, settledTo);
    report.settled += settledTo - from;
  }
}

function keyOf({ route, partition }: PartitionKey): PartitionKey {
  return { route, partition };
}

function batchName({ partition }: PartitionKey, epoch: string, seq: number): string {
  return JSON.stringify([partition, epoch, seq]);
}
