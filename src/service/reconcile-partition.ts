import type { Clock } from '../core/clock.ts';
import { dueOf } from '../core/deadline.ts';
import type { LogRecord, PartitionKey } from '../core/window.ts';
import { closingRecord } from '../log/search.ts';
import type { PartitionItem } from '../projections/projections.ts';
import { type Effects, positionOf } from './effects.ts';
import type { ServiceOptions } from './options.ts';
import type { Ports } from './ports.ts';

/** What reconcile did for one partition. */
interface Reconciled {
  started: number;
  /** Batches newly known as started. */
  settled: number;
  rearmed: boolean;
}

/**
 * Compares one partition's item with its log. What is younger than a grace is left to whoever committed it, except
 * at a home's start, when there is nobody else.
 *
 * @param known names ({@link batchName}) of batches whose items show them as started
 */
export function createReconcilePartition(
  ports: Ports,
  clock: Clock,
  options: ServiceOptions,
  effects: Effects,
) {
  const { log, projections, timers, observe } = ports;

  return async function reconcilePartition(
    item: PartitionItem,
    known: ReadonlySet<string>,
    atStart: boolean,
  ) {
    const key = { route: item.route, partition: item.partition };
    const done: Reconciled = { started: 0, settled: 0, rearmed: false };
    const tail = await log.tail(key);
    if (!tail) return done;
    await reproject(key, item, tail, atStart);
    await settleBatches(item, tail, known, atStart, done);

    const { window, epoch, windowSeq } = tail.state;
    const due = window && dueOf(window).at;
    if (due === null || !(atStart || isOld(due))) return done;
    await timers.arm({ ...key, epoch, windowSeq, at: due });
    if (!atStart) observe({ kind: 'repaired', ...key, at: clock.now(), what: 'timer' });
    return { ...done, rearmed: true };
  };

  async function reproject(key: PartitionKey, item: PartitionItem, tail: LogRecord, atStart: boolean) {
    const { position } = item;
    const { epoch, windowSeq, window } = tail.state;
    const current = position?.epoch === epoch && position.windowSeq === windowSeq;
    if (current && (position.window === null) === (window === null)) return;
    if (!atStart && !isOld(tail.at)) return;
    await projections.advance(key, positionOf(tail));
    observe({ kind: 'repaired', ...key, at: clock.now(), what: 'projection' });
  }

  /** Starts what is not started, in order, and remembers how far all is known as started. */
  async function settleBatches(
    { route, partition, position, settledTo: from }: PartitionItem,
    { state: { epoch, windowSeq } }: LogRecord,
    known: ReadonlySet<string>,
    atStart: boolean,
    done: Reconciled,
  ): Promise<void> {
    const key = { route, partition };
    let settledTo = position?.epoch === epoch ? from : 0;
    const before = settledTo;
    while (settledTo + 1 < windowSeq) {
      const seq = settledTo + 1;
      if (!known.has(batchName({ partition, epoch, seq }))) {
        const closing = await closingRecord(log, key, seq);
        if (!closing || !(atStart || isOld(closing.batch.closedAt))) break;
        if (await effects.ensureStarted(key, epoch, closing.batch)) {
          done.started += 1;
          observe({ kind: 'repaired', ...key, at: clock.now(), what: 'start', batch: closing.batch.id });
        }
      }
      settledTo = seq;
    }
    if (settledTo === before) return;
    await projections.settle(key, epoch, settledTo);
    done.settled = settledTo - before;
  }

  function isOld(at: number): boolean {
    return at + options.overdueMs <= clock.now();
  }
}

/** One text per batch of a route. */
export function batchName({
  partition,
  epoch,
  seq,
}: {
  partition: string;
  epoch: string;
  seq: number;
}): string {
  return JSON.stringify([partition, epoch, seq]);
}
