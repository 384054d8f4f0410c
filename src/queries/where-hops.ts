import { isFolderMarker } from '../core/event.ts';
import type { Reason } from '../core/window.ts';
import type { FoundBatch } from './batch.ts';
import { counted, duration, instantText, placeText, quoted, sizeText } from './phrases.ts';
import type { TracedWrite, WhereAnswer } from './where.ts';

/** How far a file came. */
export type WhereState =
  | 'unrouted'
  | 'ignored'
  | 'not-seen'
  | 'in-window'
  | 'batch-closed'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'superseded';

/** One step on the way of a write, with its sentence. */
export interface Hop {
  hop: 'file' | 'event' | 'window' | 'batch' | 'execution' | 'result';
  sentence: string;
  at?: number;
  route?: string;
  partition?: string;
  offset?: number;
  /** In its window or batch, from 1. */
  position?: number;
  deadline?: number;
  batch?: string;
  reason?: Reason;
  closedTheBatch?: boolean;
  execution?: string;
  status?: FoundBatch['status'];
  outputs?: string[];
  error?: string;
  cause?: string;
}

/** The state of one write. */
export function writeState({ superseded, batch, result }: TracedWrite): WhereState {
  if (superseded) return 'superseded';
  if (!batch) return 'in-window';
  if (batch.status === 'closed') return 'batch-closed';
  if (batch.status === 'running' || !result) return 'running';
  return result.ok ? 'succeeded' : 'failed';
}

/** The hops of one write, oldest first, and the sentence that sums them up. */
export function hopsOf(
  traced: TracedWrite,
  state: WhereState,
  now: number,
): { hops: Hop[]; sentence: string } {
  const middle = traced.batch ? [batchHop(traced, traced.batch)] : [windowHop(traced, now)];
  const rest = traced.batch ? [...executionHop(traced.batch), ...resultHop(traced)] : [];
  const hops = [fileHop(traced), eventHop(traced), ...middle, ...rest];
  const last = hops.at(-1)?.sentence ?? '';
  if (state === 'superseded')
    return {
      hops,
      sentence: `A newer write of the same key is in the same ${traced.batch ? 'batch' : 'window'} and is processed instead.`,
    };
  return { hops, sentence: last };
}

/** Why there is no write of this file, in one sentence. */
export function whereSentence(
  answer: Pick<WhereAnswer, 'bucket' | 'key' | 'routed' | 'object' | 'nearest' | 'searchedFrom'> & {
    ignoresFolderMarkers: boolean;
  },
): { state: WhereState; sentence: string } {
  const { bucket, key, routed, object, nearest, searchedFrom } = answer;
  const uri = quoted(`s3://${bucket}/${key}`);
  if (!routed)
    return {
      state: 'unrouted',
      sentence: `No route matches ${uri}, so it is not counted.${nearest ? ` ${nearest}` : ''}`,
    };
  if (answer.ignoresFolderMarkers && isFolderMarker({ key, size: object?.size ?? 0 }))
    return {
      state: 'ignored',
      sentence: `${uri} is a folder marker: zero bytes and a key that ends in "/". Route ${quoted(routed.route)} ignores those.`,
    };
  const place = placeText(routed.route, routed.partition);
  if (!object)
    return {
      state: 'not-seen',
      sentence: `There is no object ${uri} and no event of it in ${place}${searchedFrom === null ? '' : ` since ${instantText(searchedFrom)}`}.`,
    };
  return {
    state: 'not-seen',
    sentence: `${uri} is there and belongs to ${place}, but no event of it has come: it may still be being written, or its event is on its way.`,
  };
}

function fileHop({ write: { event } }: TracedWrite): Hop {
  return {
    hop: 'file',
    sentence: `It was written at ${instantText(event.time)}, ${sizeText(event.size)}.`,
    at: event.time,
  };
}

function eventHop({ write, route, partition }: TracedWrite): Hop {
  const { event, record, offset } = write;
  return {
    hop: 'event',
    sentence: `Its event came at ${instantText(event.arrival)} and was counted in ${placeText(route, partition)}.`,
    at: record.at,
    route,
    partition,
    offset,
  };
}

function windowHop({ write, window, route, partition }: TracedWrite, now: number): Hop {
  if (!window) {
    return { hop: 'window', sentence: 'Its window is closing at this moment.', route, partition };
  }
  const position = write.offset - window.window.start + 1;
  const { due } = window;
  const left = due.at >= now ? `in ${duration(due.at - now)}` : `now, ${duration(due.at - now)} overdue`;
  return {
    hop: 'window',
    sentence: `It is event ${position} of ${window.window.count} in the open window of ${placeText(route, partition)}, which closes at ${counted(window.window.limits.count, 'event')} or by ${due.reason} ${left}.`,
    route,
    partition,
    position,
    deadline: due.at,
  };
}

function batchHop({ write, closedTheBatch, route, partition }: TracedWrite, { batch }: FoundBatch): Hop {
  const position = write.offset - batch.from + 1;
  const how = closedTheBatch ? 'closed by this event' : `closed by ${batch.reason}`;
  return {
    hop: 'batch',
    sentence: `It is event ${position} of ${batch.count} in batch ${batch.id}, ${how} at ${instantText(batch.closedAt)}.`,
    at: batch.closedAt,
    route,
    partition,
    position,
    batch: batch.id,
    reason: batch.reason,
    closedTheBatch,
  };
}

function executionHop({ batch, item, execution, status }: FoundBatch): Hop[] {
  if (status === 'closed')
    return [
      {
        hop: 'execution',
        sentence: `The execution of batch ${batch.id} is not known as started yet.`,
        status,
      },
    ];
  const startedAt = execution?.startedAt ?? item?.startedAt ?? batch.closedAt;
  const endedAt = execution?.endedAt ?? item?.endedAt;
  const how =
    endedAt === undefined
      ? `${status} since ${instantText(startedAt)}`
      : `${status} at ${instantText(endedAt)}`;
  return [
    {
      hop: 'execution',
      sentence: `The execution of batch ${batch.id}: ${how}.`,
      at: endedAt ?? startedAt,
      batch: batch.id,
      execution: item?.execution ?? batch.id,
      status,
    },
  ];
}

function resultHop({ result, write, batch }: TracedWrite): Hop[] {
  if (!result) return [];
  const { ok, outputs, error, cause, named } = result;
  const facts = { outputs, ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
  if (ok) {
    const into = outputs.length > 0 ? `; the batch was written to ${outputs.slice(0, 3).join(', ')}` : '';
    const more = outputs.length > 3 ? ` and ${outputs.length - 3} more` : '';
    const others = batch?.status === 'succeeded' ? '' : '; other files of the batch failed';
    return [{ hop: 'result', sentence: `It was processed${into}${more}${others}.`, ...facts }];
  }
  const failed = named
    ? `Processing ${quoted(write.event.key)} failed: ${error ?? 'no error was named'}.`
    : `Its execution failed without naming this file: ${error ?? 'no error was named'}.`;
  return [{ hop: 'result', sentence: failed, ...facts }];
}
