import type { Clock } from '../core/clock.ts';
import type { LogRecord, PartitionKey } from '../core/window.ts';
import { closingRecord } from '../log/search.ts';
import type { PartitionItem } from '../projections/projections.ts';
import type { Effects } from './effects.ts';
import type { ServiceOptions } from './options.ts';
import type { Ports } from './ports.ts';

/** Batches of a route whose items show them as started. */
export interface KnownBatches {
  /** They are those that closed at or after this (ms). */
  since: number;
  /** By {@link batchName}. */
  names: ReadonlySet<string>;
}

/** The batches of one partition, and what reconcile knows and does about them. */
interface Batches {
  key: PartitionKey;
  epoch: string;
  known: KnownBatches;
  atStart: boolean;
  done: Settled;
}

/** What was done about a partition's batches. */
export interface Settled {
  started: number;
  /** Batches newly known as started. */
  settled: number;
}

/** Starts what is not started of a partition, in order, and remembers how far all is known as started. */
export function createSettling(
  { log, projections, observe }: Ports,
  clock: Clock,
  options: ServiceOptions,
  effects: Effects,
) {
  return async function settle(
    item: PartitionItem,
    { state: { epoch, windowSeq } }: LogRecord,
    known: KnownBatches,
    atStart: boolean,
    done: Settled,
  ): Promise<void> {
    const batches = { key: { route: item.route, partition: item.partition }, epoch, known, atStart, done };
    const before = item.position?.epoch === epoch ? item.settledTo : 0;
    let settledTo = before;
    let failure: unknown = null;
    try {
      while (settledTo + 1 < windowSeq && (await isStarted(batches, settledTo + 1))) settledTo += 1;
    } catch (error) {
      failure = error;
    }
    if (settledTo > before) {
      await projections.settle(batches.key, epoch, settledTo);
      done.settled = settledTo - before;
    }
    if (failure === null) return;
    await startYounger(batches, settledTo + 1, windowSeq);
    throw failure;
  };

  /** Starts a batch unless it is known as started. False where it is too young for that. */
  async function isStarted({ key, epoch, known, atStart, done }: Batches, seq: number): Promise<boolean> {
    if (known.names.has(batchName({ partition: key.partition, epoch, seq }))) return true;
    const closing = await closingRecord(log, key, seq);
    if (!closing || !(atStart || isOld(closing.batch.closedAt))) return false;
    if (await effects.ensureStarted(key, epoch, closing.batch)) {
      done.started += 1;
      observe({ kind: 'repaired', ...key, at: clock.now(), what: 'start', batch: closing.batch.id });
    }
    return true;
  }

  /** A batch that cannot be started keeps none of those behind it from being: the latest first, as far as they are known. */
  async function startYounger(batches: Batches, failed: number, windowSeq: number): Promise<void> {
    const { key, epoch, known } = batches;
    for (let seq = windowSeq - 1; seq > failed; seq -= 1) {
      if (known.names.has(batchName({ partition: key.partition, epoch, seq }))) continue;
      const closing = await closingRecord(log, key, seq);
      if (!closing || closing.batch.closedAt < known.since) return;
      await isStarted(batches, seq).catch(() => {});
    }
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
