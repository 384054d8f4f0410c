import type { Clock } from '../core/clock.ts';
import type { PartitionKey } from '../core/window.ts';
import { closingRecord } from '../log/search.ts';
import type { Effects } from './effects.ts';
import type { ServiceOptions } from './options.ts';
import type { Ports } from './ports.ts';
import { batchName, isPassed, noteUnended, type RouteBatches } from './route-batches.ts';

/** Batches of one partition, older than those that a run reads, which it tries to start: others another time. */
export const OLDER_TRIED_MAX = 20;

/** A partition with batches that are not known as started. */
export interface Unsettled {
  key: PartitionKey;
  epoch: string;
  /** All windows up to this seq are known as started. */
  settledTo: number;
  /** Seq of the open window, or of the one that opens next. */
  windowSeq: number;
}

/** What was done about a partition's batches. */
export interface Settled {
  started: number;
  /** Batches newly known as started. */
  settled: number;
  /**
   * When the oldest batch closed that was not known as started before (ms). Infinity: all were; negative infinity: it
   * could not be found out.
   */
  oldest: number;
}

/** How one run of reconcile works. */
export interface Run {
  /** Nothing is left to somebody who may still be at it. */
  atStart: boolean;
  /** Whether it has to end now. */
  isOver(): boolean;
}

/** The batches of one partition, and what a run knows and does about them. */
interface Batches extends Unsettled {
  known: RouteBatches;
  run: Run;
  done: Settled;
}

/** Starts what is not started of a partition, in order, and remembers how far all is known as started. */
export function createSettling(
  { log, projections, observe }: Ports,
  clock: Clock,
  options: ServiceOptions,
  effects: Effects,
) {
  /** @param done is told of what was done, also where it rejects */
  return async function settle(
    unsettled: Unsettled,
    known: RouteBatches,
    run: Run,
    done: Settled,
  ): Promise<void> {
    const batches = { ...unsettled, known, run, done };
    const { key, epoch, windowSeq, settledTo: before } = unsettled;
    let settledTo = before;
    let failure: unknown = null;
    try {
      while (settledTo + 1 < windowSeq && (await isStarted(batches, settledTo + 1))) settledTo += 1;
    } catch (error) {
      failure = error;
    }
    if (settledTo > before) {
      await projections.settle(key, epoch, settledTo);
      done.settled += settledTo - before;
    }
    if (failure === null) return;
    await startYounger(batches, settledTo + 1);
    throw failure;
  };

  /** Starts a batch unless it is known as started. False where it is too young for that, or the time is over. */
  async function isStarted({ key, epoch, known, run, done }: Batches, seq: number): Promise<boolean> {
    if (known.names.has(batchName({ partition: key.partition, epoch, seq }))) return true;
    const { oldest } = done;
    done.oldest = Number.NEGATIVE_INFINITY;
    if (run.isOver()) return false;
    const closing = await closingRecord(log, key, seq);
    if (!closing) return false;
    done.oldest = Math.min(oldest, closing.batch.closedAt);
    if (!(run.atStart || isOld(closing.batch.closedAt))) return false;
    const started = await effects.ensureStarted(key, epoch, closing.batch);
    if (started) {
      done.started += 1;
      observe({ kind: 'repaired', ...key, at: clock.now(), what: 'start', batch: closing.batch.id });
    }
    if (!isPassed(known, closing.batch)) return true;
    const item = await projections.batch({ ...closing.batch, route: key.route });
    if (item?.status !== 'running' || isListed(known, item)) return true;
    // Once it counts as settled, no run comes to it by itself.
    await noteUnended(projections, clock, item);
    if (!started) known.running.push(item);
    return true;
  }

  /** A batch that cannot be started keeps none of those behind it from being: the latest first, then some of the older. */
  async function startYounger(batches: Batches, failed: number): Promise<void> {
    const { key, epoch, windowSeq, known, run } = batches;
    for (let seq = windowSeq - 1; seq > failed && !run.isOver(); seq -= 1) {
      if (known.names.has(batchName({ partition: key.partition, epoch, seq }))) continue;
      const closing = await closingRecord(log, key, seq);
      if (!closing) return;
      if (closing.batch.closedAt < known.since) return startSomeOf(batches, failed + 1, seq);
      await isStarted(batches, seq).catch(() => {});
    }
  }

  /** Those of them that a run does not come to are chosen by chance: looking for each costs a search in the log. */
  async function startSomeOf(batches: Batches, first: number, last: number): Promise<void> {
    const count = last - first + 1;
    const from = Math.floor(clock.random() * count);
    for (let index = 0; index < Math.min(count, OLDER_TRIED_MAX) && !batches.run.isOver(); index += 1) {
      await isStarted(batches, first + ((from + index) % count)).catch(() => {});
    }
  }

  function isOld(at: number): boolean {
    return at + options.overdueMs <= clock.now();
  }
}

function isListed({ kept }: RouteBatches, { id }: { id: string }): boolean {
  return kept?.batches.some((batch) => batch.id === id) ?? false;
}
