import { batchInput } from '../core/batch-input.ts';
import type { Clock } from '../core/clock.ts';
import type { ObjectEvent } from '../core/event.ts';
import { latenessOf } from '../core/lateness.ts';
import type { Policy } from '../core/policy.ts';
import type { Batch, LogRecord, PartitionKey } from '../core/window.ts';
import { type Log, LogCorruptError } from '../log/log.ts';
import type { BatchItem } from '../projections/projections.ts';
import { announcementOf } from './announcement.ts';
import type { ServiceOptions } from './options.ts';
import type { Ports } from './ports.ts';
import { ofBatch } from './recent.ts';

/**
 * Starts a batch's execution, or finds it started; announces it and writes the batch's item. The input is built from the
 * log's records: from those at hand, or else read back.
 */
export type Start = (
  key: PartitionKey,
  epoch: string,
  batch: Batch,
  recent?: LogRecord[],
) => Promise<BatchItem>;

export function createStart(ports: Ports, clock: Clock, options: ServiceOptions): Start {
  const { log, projections, executions, announcements, objects, observe } = ports;
  return async function start(key, epoch, batch, recent = []) {
    const { policy, events } = await readBatch(log, key, batch, recent);
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
  };
}

/** A batch's events and the policy its window opened with, from the log alone. */
async function readBatch(
  log: Log,
  key: PartitionKey,
  batch: Batch,
  recent: LogRecord[],
): Promise<{ policy: Policy; events: ObjectEvent[] }> {
  const events: ObjectEvent[] = [];
  let policy: Policy | undefined;
  const own = ofBatch(recent, batch);
  let next = batch.firstRecord;
  while (next <= batch.lastRecord) {
    const records = own ?? (await log.readForward(key, next, Math.min(100, batch.lastRecord - next + 1)));
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
