import { latenessOf } from '../core/lateness.ts';
import type { TraceEntry } from '../executions/executions.ts';
import type { Flush } from '../flushes/flushes.ts';
import type { BatchItem } from '../projections/projections.ts';
import type { BatchFile, FoundBatch } from '../queries/batch.ts';
import type { LastBatch } from '../queries/last-batch.ts';
import type { RouteAnswer } from '../queries/routes.ts';
import type { Tick } from '../queries/ticks.ts';
import type { WindowFacts } from '../queries/windows.ts';
import type { Route } from './overview-schemas.ts';
import type {
  BatchRow,
  FileRow,
  FlushRow,
  LastBatchRow,
  OpenWindowRow,
  TickRow,
  TraceRow,
} from './schemas.ts';

/** How findings are put into answers. Fields that are undefined are left out of the JSON. */

/** The first and last instants that JavaScript can name (ECMA-262, time values). */
const TIME_MAX = 8.64e15;

/** An instant (ms) as ISO 8601 with milliseconds; one out of range as the nearest in range. */
export function iso(at: number): string {
  return new Date(Math.min(Math.max(Math.round(at), -TIME_MAX), TIME_MAX)).toISOString();
}

export function isoIf(at: number | undefined): string | undefined {
  return at === undefined ? undefined : iso(at);
}

export function tickRow(tick: Tick): TickRow {
  return { ...tick, at: iso(tick.at) };
}

export function routeRow({ name, facts, nextTicks, partitions, openWindows }: RouteAnswer): Route {
  return {
    name,
    configured: facts !== null,
    bucket: facts?.bucket,
    prefix: facts?.prefix,
    suffixes: facts?.suffixes ?? [],
    limits: facts?.limits,
    pipeline: facts?.pipeline,
    output: facts?.output,
    stateMachineArn: facts?.stateMachineArn,
    policyVersion: facts?.policyVersion,
    nextTicks: nextTicks.map(tickRow),
    partitions,
    openWindows,
  };
}

export function lastBatchRow(batch: LastBatch): LastBatchRow {
  const { id, seq, reason, closedAt, count, status = 'closed' } = batch;
  return { id, seq, reason, closedAt: iso(closedAt), count, status };
}

/** @param now the server's clock (ms), from which the time left is counted */
export function windowRow(facts: WindowFacts, now: number): OpenWindowRow {
  const { route, partition, seq, window, due, lastBatch, nextTicks } = facts;
  const { limits, openedAt, lastAt } = window;
  return {
    route,
    partition,
    seq,
    count: window.count,
    bytes: window.bytes,
    limits,
    openedAt: iso(openedAt),
    lastEventAt: iso(lastAt),
    deadline: iso(due.at),
    timeDeadline: iso(openedAt + limits.windowMs),
    quietDeadline: limits.quietMs === undefined ? undefined : iso(lastAt + limits.quietMs),
    msLeft: due.at - now,
    policyVersion: window.policyVersion,
    nextTicks: nextTicks.map(tickRow),
    lastBatch: lastBatch && lastBatchRow(lastBatch),
  };
}

/** A row of the list: from the batch item alone. */
export function listedBatch(item: BatchItem): BatchRow {
  const { route, partition, pipeline, execution, startedAt, latenessMs, status, redrives } = item;
  return {
    ...closedBatch(item),
    route,
    partition,
    pipeline: pipeline.name,
    execution,
    startedAt: iso(startedAt),
    latenessMs,
    status,
    redrives,
    endedAt: isoIf(item.endedAt),
    error: item.error,
    cause: item.cause,
  };
}

/** One batch, with its execution as its home tells it at this moment. */
export function foundBatch({
  route,
  partition,
  batch,
  pipeline,
  item,
  execution,
  status,
}: FoundBatch): BatchRow {
  return {
    ...closedBatch(batch),
    route,
    partition,
    pipeline: pipeline?.name,
    execution: item?.execution,
    startedAt: isoIf(item?.startedAt ?? execution?.startedAt),
    latenessMs: item?.latenessMs ?? latenessOf(batch),
    status,
    redrives: execution?.redrives ?? item?.redrives ?? 0,
    endedAt: isoIf(execution?.endedAt ?? item?.endedAt),
    error: execution?.error ?? item?.error,
    cause: execution?.cause ?? item?.cause,
  };
}

function closedBatch(batch: FoundBatch['batch']) {
  const { id, seq, reason, count, bytes, openedAt, deadline, closedAt, policyVersion, by } = batch;
  const times = { openedAt: iso(openedAt), deadline: iso(deadline), closedAt: iso(closedAt) };
  return { id, seq, reason, count, bytes, ...times, policyVersion, by };
}

export function fileRow({ offset, event, closedTheBatch }: BatchFile): FileRow {
  const { bucket, key, size, etag, versionId, sequencer, time, arrival } = event;
  const times = { time: iso(time), arrival: iso(arrival) };
  return { offset, bucket, key, size, etag, versionId, sequencer, ...times, closedTheBatch };
}

export function flushRow({ id, reason, askedAt, who, note, scope, minEvents }: Flush): FlushRow {
  return { id, reason, askedAt: iso(askedAt), who, note, ...scope, minEvents };
}

export function traceRow(entry: TraceEntry): TraceRow {
  return { ...entry, at: iso(entry.at) };
}
