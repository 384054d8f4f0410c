import type { Clock } from '../core/clock.ts';
import { dueOf } from '../core/deadline.ts';
import type { Batch, LogRecord, PartitionKey } from '../core/window.ts';
import type { PartitionPosition } from '../projections/projections.ts';
import type { ServiceOptions } from './options.ts';
import { inParallel } from './parallel.ts';
import type { Ports } from './ports.ts';
import { createStart, type Start } from './start.ts';

/** Executions that one commit's effects start side by side: a group of small windows may close thousands at once. */
const STARTS_AT_ONCE = 32;

/**
 * What follows from a commit: executions of closed batches, the timer of the open window, projections. All of it is
 * idempotent and may be done again by anyone who reads the records.
 */
export interface Effects {
  /**
   * The effects of records that were just committed; `tail` is the last record known, `recent` those at hand of the
   * batches they closed.
   */
  perform(
    key: PartitionKey,
    records: LogRecord[],
    tail: LogRecord | null,
    recent: LogRecord[],
  ): Promise<void>;
  /** The effects of records that were found in the log: skips batches known as started, always re-arms the timer. */
  redo(key: PartitionKey, records: LogRecord[], tail: LogRecord | null): Promise<void>;
  /** Starts a batch's execution, or finds it started, and writes its item. */
  start: Start;
  /**
   * What a record's own committer may have left undone, for a command that finds its window closed by it: starts all
   * batches that it closed, for windows that opened and closed in one record have no timer of their own. Arms no timer:
   * each surplus command would make another for the window that followed, and they would never die out. The timer is
   * seen to by the redelivery of the events that opened that window.
   */
  catchUp(key: PartitionKey, record: LogRecord): Promise<void>;
  /** Starts a batch's execution unless it is known as started. True when it had to be started. */
  ensureStarted(key: PartitionKey, epoch: string, batch: Batch): Promise<boolean>;
}

export function createEffects(ports: Ports, clock: Clock, options: ServiceOptions): Effects {
  const { log, projections, timers } = ports;
  const start = createStart(ports, clock, options);

  async function ensureStarted(key: PartitionKey, epoch: string, batch: Batch): Promise<boolean> {
    if (await projections.batch({ route: key.route, closedAt: batch.closedAt, id: batch.id })) return false;
    await start(key, epoch, batch);
    return true;
  }

  function startUnstarted(key: PartitionKey, records: LogRecord[]): Promise<unknown> {
    return inParallel(closedIn(records), STARTS_AT_ONCE, ({ epoch, batch }) =>
      ensureStarted(key, epoch, batch),
    );
  }

  async function armTimer(key: PartitionKey, tail: LogRecord): Promise<void> {
    const { window, epoch, windowSeq } = tail.state;
    if (!window) return;
    const now = clock.now();
    const due = dueOf(window).at;
    // A window that is overdue already, after an outage say, gets time to take in the rest of the backlog.
    await timers.arm({ ...key, epoch, windowSeq, at: due <= now ? now + options.overdueGraceMs : due });
  }

  async function perform(
    key: PartitionKey,
    records: LogRecord[],
    tail: LogRecord | null,
    recent: LogRecord[],
  ): Promise<void> {
    const closed = closedIn(records);
    const last = tail ?? records.at(-1);
    const opened = last && records.some(({ seq }) => seq === last.state.window?.firstRecord);
    const changed = opened || closed.length > 0;
    await allDone([
      inParallel(closed, STARTS_AT_ONCE, ({ epoch, batch }) => start(key, epoch, batch, recent)),
      ...(last && opened ? [armTimer(key, last)] : []),
      ...(last && changed ? [projections.advance(key, positionOf(last, records))] : []),
    ]);
  }

  async function redo(key: PartitionKey, records: LogRecord[], tail: LogRecord | null): Promise<void> {
    const last = tail ?? records.at(-1);
    await allDone([
      startUnstarted(key, records),
      ...(last ? [armTimer(key, last), projections.advance(key, positionOf(last, records))] : []),
    ]);
  }

  async function catchUp(key: PartitionKey, record: LogRecord): Promise<void> {
    await startUnstarted(key, [record]);
    await projections.advance(key, positionOf((await log.tail(key)) ?? record, [record]));
  }

  return { perform, redo, start, ensureStarted, catchUp };
}

/** Whether anything follows from a record: it closed a window or opened one. */
export function hasEffects({ closed, policy }: LogRecord): boolean {
  return closed.length > 0 || policy !== undefined;
}

function closedIn(records: LogRecord[]): { epoch: string; batch: Batch }[] {
  return records.flatMap(({ closed, state: { epoch } }) => closed.map((batch) => ({ epoch, batch })));
}

/** What a partition item says as of the record `tail`. */
export function positionOf(tail: LogRecord, records: LogRecord[] = []): PartitionPosition {
  const { epoch, windowSeq, window } = tail.state;
  // Records of long ago are redone as well; what they closed is not the last any more.
  const lastBatch = closedIn([...records, tail]).find(({ batch }) => batch.seq === windowSeq - 1)?.batch;
  return {
    epoch,
    record: tail.seq,
    windowSeq,
    window: window && {
      openedAt: window.openedAt,
      deadline: dueOf(window).at,
      limits: window.limits,
      policyVersion: window.policyVersion,
    },
    lastBatch: lastBatch ? shownOf(lastBatch) : null,
  };
}

function shownOf({ id, seq, reason, closedAt, count }: Batch): PartitionPosition['lastBatch'] {
  return { id, seq, reason, closedAt, count };
}

/** Waits for all of them, then rejects with the first failure: none is left running unseen. */
async function allDone(effects: Promise<unknown>[]): Promise<void> {
  const settled = await Promise.allSettled(effects);
  for (const outcome of settled) if (outcome.status === 'rejected') throw outcome.reason;
}
