import { parseBatchId, partitionDigest } from '../core/batch.ts';
import type { ObjectEvent } from '../core/event.ts';
import type { PipelineRef, Policy } from '../core/policy.ts';
import type { Batch, PartitionKey } from '../core/window.ts';
import type { ExecutionState, TracePage } from '../executions/executions.ts';
import type { Flush } from '../flushes/flushes.ts';
import { closingRecord, recordOfEvent } from '../log/search.ts';
import type { BatchItem, ExecutionStatus, PartitionItem } from '../projections/projections.ts';
import { registered } from '../service/registry.ts';
import { knownRoutes } from './registry.ts';
import type { Sources } from './sources.ts';

/** No batch has this id, or the text is no batch id at all. */
export class NoSuchBatchError extends Error {
  override readonly name = 'NoSuchBatchError';
  readonly id: string;

  constructor(id: string, why: string) {
    super(`There is no batch "${id.slice(0, 100)}": ${why}.`);
    this.id = id;
  }
}

/** A batch as the log has it, and what is known of its execution. */
export interface FoundBatch extends PartitionKey {
  batch: Batch;
  pipeline: PipelineRef | null;
  /** Null until its execution is known as started. */
  item: BatchItem | null;
  /** As its home tells it at this moment; null when it has none, or no longer. */
  execution: ExecutionState | null;
  status: ExecutionStatus | 'closed';
}

/** One event of a batch. */
export interface BatchFile {
  /** In the partition's sequence of events. */
  offset: number;
  event: ObjectEvent;
  /** True for the one event that met the count or the bytes. */
  closedTheBatch: boolean;
}

export interface BatchAnswer extends FoundBatch {
  first: BatchFile;
  last: BatchFile;
  /** The flush that closed it. */
  flush: Flush | null;
}

/**
 * One batch with its first and last file, its flush and its execution.
 * @throws NoSuchBatchError
 */
export async function batch(sources: Sources, id: string): Promise<BatchAnswer> {
  const found = await findBatch(sources, id);
  const [[first], [last], flush] = await Promise.all([
    filesFrom(sources, found, found.batch.from, 1),
    filesFrom(sources, found, found.batch.to - 1, 1),
    found.batch.by ? sources.ports.flushes.find(found.batch.by.flushId) : null,
  ]);
  if (!first || !last) throw new NoSuchBatchError(id, 'the log no longer holds its events');
  return { ...found, first, last, flush };
}

/**
 * Files of a batch in commit order, from `position` (0 is the first of the batch).
 * @throws NoSuchBatchError
 */
export async function batchFiles(
  sources: Sources,
  id: string,
  page: { position: number; limit: number },
): Promise<{ count: number; files: BatchFile[] }> {
  const found = await findBatch(sources, id);
  const files = await filesFrom(sources, found, found.batch.from + page.position, page.limit);
  return { count: found.batch.count, files };
}

/**
 * What happened in a batch's execution, state by state.
 * @throws NoSuchBatchError
 */
export async function batchTrace(
  sources: Sources,
  id: string,
  page: { from: number; limit: number },
): Promise<TracePage & { status: FoundBatch['status'] }> {
  const { status, pipeline } = await findBatch(sources, id);
  if (!pipeline) return { status, entries: [], more: false, dropped: 0 };
  return { status, ...(await sources.ports.executions.trace({ name: id, pipeline }, page)) };
}

/**
 * A batch by its id, without an index: the id names the route, its digest the partition among the route's partition
 * items, its number the record that closed it.
 * @throws NoSuchBatchError
 */
export async function findBatch(sources: Sources, id: string): Promise<FoundBatch> {
  const parts = parseBatchId(id);
  if (!parts)
    throw new NoSuchBatchError(
      id,
      'expected <route>-<12 hex digits>-<number>-<12 hex digits>, as batches are listed',
    );
  const routes = (await knownRoutes(sources)).filter((route) => route.slice(0, 32) === parts.route);
  if (routes.length === 0) throw new NoSuchBatchError(id, `no route's name begins with "${parts.route}"`);
  for (const route of routes) {
    const key = await partitionOf(sources, route, parts.partitionDigest);
    const closing = key && (await closingRecord(sources.ports.log, key, parts.seq));
    if (key && closing?.batch.id === id) return withExecution(sources, key, closing.batch);
  }
  throw new NoSuchBatchError(id, `no partition of route "${parts.route}" ever closed a window by that id`);
}

/** What is known of the execution of a batch that the log holds. */
export async function withExecution(sources: Sources, key: PartitionKey, closed: Batch): Promise<FoundBatch> {
  const { log, projections, executions } = sources.ports;
  const { id, closedAt } = closed;
  const item = await projections.batch({ route: key.route, closedAt, id });
  const policy = item ? null : await policyOfBatch(log, key, closed);
  const pipeline = item?.pipeline ?? policy?.pipeline ?? null;
  const execution = pipeline && (await executions.describe({ name: id, pipeline }));
  const status = execution?.status ?? item?.status ?? 'closed';
  return { ...key, batch: closed, pipeline, item, execution, status };
}

async function partitionOf(sources: Sources, route: string, digest: string): Promise<PartitionKey | null> {
  for await (const item of registered(sources.ports.projections, route)) {
    const { partition } = item;
    const epoch = await epochOf(sources, item);
    if (epoch !== null && partitionDigest({ route, partition }, epoch) === digest)
      return { route, partition };
  }
  return null;
}

async function epochOf(
  sources: Sources,
  { route, partition, position }: PartitionItem,
): Promise<string | null> {
  if (position) return position.epoch;
  const tail = await sources.ports.log.tail({ route, partition });
  return tail?.state.epoch ?? null;
}

async function policyOfBatch(
  log: Sources['ports']['log'],
  key: PartitionKey,
  closed: Batch,
): Promise<Policy | null> {
  const record = await log.get(key, closed.firstRecord);
  return record?.policy ?? null;
}

/** Records read at a time. */
const PAGE = 50;

async function filesFrom(
  sources: Sources,
  { route, partition, batch: closed }: FoundBatch,
  from: number,
  limit: number,
): Promise<BatchFile[]> {
  const { log } = sources.ports;
  const key = { route, partition };
  const policy = await policyOfBatch(log, key, closed);
  const first = await recordOfEvent(log, key, from);
  const files: BatchFile[] = [];
  let next = first?.seq ?? Number.POSITIVE_INFINITY;
  while (files.length < limit && next <= closed.lastRecord) {
    const records = await log.readForward(key, next, Math.min(PAGE, closed.lastRecord - next + 1));
    for (const record of records)
      for (const [index, event] of record.events.entries()) {
        const offset = record.state.next - record.events.length + index;
        if (offset < from || offset >= closed.to || files.length === limit) continue;
        files.push({ offset, event, closedTheBatch: closes(offset, closed, policy) });
      }
    const last = records.at(-1);
    if (!last) break;
    next = last.seq + 1;
  }
  return files;
}

/** Whether the event at this offset closed its batch: the last one, where it met the count or the bytes. */
export function closes(offset: number, closed: Batch, policy: Pick<Policy, 'limits'> | null): boolean {
  if (offset !== closed.to - 1) return false;
  if (closed.reason === 'count') return true;
  // A window also closes before an event that would make it too large: then none of its own closed it.
  return closed.reason === 'bytes' && closed.bytes >= (policy?.limits.bytes ?? Number.POSITIVE_INFINITY);
}
