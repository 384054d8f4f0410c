import { batchInput } from '../core/batch-input.ts';
import type { Clock } from '../core/clock.ts';
import { dueOf } from '../core/deadline.ts';
import type { ObjectEvent } from '../core/event.ts';
import { latenessOf } from '../core/lateness.ts';
import type { Policy } from '../core/policy.ts';
import type { Batch, LogRecord, PartitionKey } from '../core/window.ts';
import { LogCorruptError } from '../log/log.ts';
import type { BatchItem, PartitionPosition } from '../projections/projections.ts';
import { announcementOf } from './announcement.ts';
import type { ServiceOptions } from './options.ts';
import type { Ports } from './ports.ts';

/**
 * What follows from a commit: executions of closed batches, the timer of the open window, projections. All of it is
 * idempotent and may be done again by anyone who reads the records.
 */
export interface Effects {
  /** The effects of records that were just committed; `tail` is the last record known. */
  perform(key: PartitionKey, records: LogRecord[], tail: LogRecord | null): Promise<void>;
  /** The effects of records that were found in the log: skips batches known as started, always re-arms the timer. */
  redo(key: PartitionKey, records: LogRecord[], tail: LogRecord | null): Promise<void>;
  /** Starts a batch's execution, or finds it started, and writes its item. */
  start(key: PartitionKey, epoch: string, batch: Batch): Promise<BatchItem>;
  /** Starts a batch's execution unless it is known as started. True when it had to be started. */
  ensureStarted(key: PartitionKey, epoch: string, batch: Batch): Promise<boolean>;
}

export function createEffects(ports: Ports, clock: Clock, options: ServiceOptions): Effects {
  const { log, projections, timers, executions, announcements, objects, observe } = ports;

  async function start(key: PartitionKey, epoch: string, batch: Batch): Promise<BatchItem> {
    const { policy, events } = await readBatch(key, batch);
    const { input, manifest } = batchInput({ key, batch, policy }, events, options.manifestBucket);
    if (manifest) await objects.write(manifest, manifest.content);
    const started = await executions.start({ name: batch.id, pipeline: policy.pipeline, input });
    const { execution } = started;
    // Before the item is written: whoever redoes this skips a batch that has its item.
    await announcements.announce(announcementOf('Batch Closed', key, batch, clock.now()));
    await announcements.announce({
      ...announcementOf('Execution Started', key, batch, clock.now()),
      execution,
    });
    const item: BatchItem = {
      ...batch,
      ...key,
      epoch,
      pipeline: policy.pipeline,
      execution,
      startedAt: started.startedAt,
      latenessMs: latenessOf(batch),
      status: 'running',
      redrives: 0,
    };
    await projections.batchStarted(item);
    observe({ kind: 'started', ...key, at: clock.now(), batch: batch.id, already: started.already });
    return item;
  }

  async function readBatch(
    key: PartitionKey,
    batch: Batch,
  ): Promise<{ policy: Policy; events: ObjectEvent[] }> {
    const events: ObjectEvent[] = [];
    let policy: Policy | undefined;
    let next = batch.firstRecord;
    while (next <= batch.lastRecord) {
      const records = await log.readForward(key, next, Math.min(100, batch.lastRecord - next + 1));
      for (const record of records) {
        if (record.seq === batch.firstRecord) policy = record.policy;
        const offset = record.state.next - record.events.length;
        events.push(...record.events.slice(Math.max(0, batch.from - offset), Math.max(0, batch.to - offset)));
        next = record.seq + 1;
      }
      if (records.length === 0) break;
    }
    if (!policy || events.length !== batch.count) {
      const found = policy
        ? `${events.length} of its ${batch.count} events were found`
        : 'its policy is missing';
      throw new LogCorruptError(key, batch.firstRecord, `batch ${batch.id} cannot be rebuilt: ${found}`);
    }
    return { policy, events };
  }

  async function ensureStarted(key: PartitionKey, epoch: string, batch: Batch): Promise<boolean> {
    if (await projections.batch({ route: key.route, closedAt: batch.closedAt, id: batch.id })) return false;
    await start(key, epoch, batch);
    return true;
  }

  async function armTimer(key: PartitionKey, tail: LogRecord): Promise<void> {
    const { window, epoch, windowSeq } = tail.state;
    if (!window) return;
    // A window that is overdue when it opens, after an outage say, gets time to take in the rest of the backlog.
    const due = dueOf(window).at;
    const at = due <= tail.at ? tail.at + options.overdueGraceMs : due;
    await timers.arm({ ...key, epoch, windowSeq, at });
  }

  async function perform(key: PartitionKey, records: LogRecord[], tail: LogRecord | null): Promise<void> {
    const starts = records.flatMap((record) =>
      record.closed.map((batch) => start(key, record.state.epoch, batch)),
    );
    const last = tail ?? records.at(-1);
    const opened = last && records.some(({ seq }) => seq === last.state.window?.firstRecord);
    const changed = opened || starts.length > 0;
    await allDone([
      ...starts,
      ...(last && opened ? [armTimer(key, last)] : []),
      ...(last && changed ? [projections.advance(key, positionOf(last, records))] : []),
    ]);
  }

  async function redo(key: PartitionKey, records: LogRecord[], tail: LogRecord | null): Promise<void> {
    const last = tail ?? records.at(-1);
    await allDone([
      ...records.flatMap((record) =>
        record.closed.map((batch) => ensureStarted(key, record.state.epoch, batch)),
      ),
      ...(last ? [armTimer(key, last), projections.advance(key, positionOf(last, records))] : []),
    ]);
  }

  return { perform, redo, start, ensureStarted };
}

/** What a partition item says as of the record `tail`. */
export function positionOf(tail: LogRecord, records: LogRecord[] = []): PartitionPosition {
  const { epoch, windowSeq, window } = tail.state;
  const closed = [...records, tail].flatMap((record) => record.closed);
  const lastBatch = closed.reduce<Batch | null>(
    (last, batch) => (last && last.seq >= batch.seq ? last : batch),
    null,
  );
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
    lastBatch,
  };
}

/** Waits for all of them, then rejects with the first failure: none is left running unseen. */
async function allDone(effects: Promise<unknown>[]): Promise<void> {
  const settled = await Promise.allSettled(effects);
  for (const outcome of settled) if (outcome.status === 'rejected') throw outcome.reason;
}
