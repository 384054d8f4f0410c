import type { Batch, PartitionKey } from '../core/window.ts';
import { closingRecord } from '../log/search.ts';
import { type FoundWrite, type FoundWrites, writesOf } from '../log/writes.ts';
import { type ObjectHead, ObjectKeyError } from '../objects/objects.ts';
import type { Routed } from '../routes/router.ts';
import { closes, type FoundBatch, withExecution } from './batch.ts';
import { type FileResult, fileResult } from './file-result.ts';
import { factsOf, type Sources } from './sources.ts';
import { type Hop, hopsOf, type WhereState, whereSentence, writeState } from './where-hops.ts';
import { type WindowFacts, windowOf } from './windows.ts';

export interface FileAddress {
  bucket: string;
  key: string;
}

export interface WhereAnswer extends FileAddress {
  /** Of the newest write; without one, why there is none. */
  state: WhereState;
  sentence: string;
  routed: Routed | null;
  /** As it lies there now; null when it does not, or no route takes it. */
  object: ObjectHead | null;
  /** For an unrouted key: the route that comes nearest, and why it does not match. */
  nearest: string | null;
  /** Newest first. */
  writes: WriteAnswer[];
  /** Older writes than this (ms) were not looked for; null when all were. */
  searchedFrom: number | null;
}

/** One write of the key, from its event to its result. */
export interface WriteAnswer {
  state: WhereState;
  sentence: string;
  write: FoundWrite;
  hops: Hop[];
}

/** A write with all that became of it. */
export interface TracedWrite extends PartitionKey {
  write: FoundWrite;
  /** The open window that holds it, or null when a batch does. */
  window: WindowFacts | null;
  batch: FoundBatch | null;
  closedTheBatch: boolean;
  result: FileResult | null;
  /** A newer write of the key is in the same window or batch: that one is processed instead. */
  superseded: boolean;
}

/** Where a file is: its events, the window or batch of each, the batch's execution and what came of the file. */
export async function where(sources: Sources, address: FileAddress): Promise<WhereAnswer> {
  const routed = sources.router.route(address);
  // What no route takes is none of our business: not even whether it is there.
  const object = routed ? await headOf(sources, address) : null;
  const nearest = routed ? null : sources.nearest(address);
  const found: FoundWrites = routed
    ? await writesOf(sources.ports.log, routed, address, object)
    : { writes: [], searchedFrom: null };
  const traced: TracedWrite[] = [];
  for (const write of found.writes) if (routed) traced.push(await trace(sources, routed, write, traced));
  const now = sources.clock.now();
  const writes = traced.map((each) => {
    const state = writeState(each);
    return { state, write: each.write, ...hopsOf(each, state, now) };
  });
  const base = { ...address, routed, object, nearest, writes, searchedFrom: found.searchedFrom };
  const [newest] = writes;
  if (newest) return { ...base, state: newest.state, sentence: newest.sentence };
  const ignores = routed !== null && !factsOf(sources, routed.route)?.countsFolderMarkers;
  return { ...base, ...whereSentence({ ...base, ignoresFolderMarkers: ignores }) };
}

async function headOf(sources: Sources, address: FileAddress): Promise<ObjectHead | null> {
  try {
    return await sources.ports.objects.head(address);
  } catch (error) {
    // A key that this home cannot hold is not there.
    if (error instanceof ObjectKeyError) return null;
    throw error;
  }
}

async function trace(
  sources: Sources,
  { route, partition }: Routed,
  write: FoundWrite,
  newer: TracedWrite[],
): Promise<TracedWrite> {
  const key = { route, partition };
  const closed = await batchOfWrite(sources, key, write);
  const found = closed && (await withExecution(sources, key, closed));
  const window = closed ? null : await windowOf(sources, { ...key, position: null, settledTo: 0 }, () => []);
  const policy = closed && (await sources.ports.log.get(key, closed.firstRecord))?.policy;
  const superseded = newer.some((each) =>
    closed ? each.batch?.batch.id === closed.id : each.window !== null,
  );
  return {
    ...key,
    write,
    window,
    batch: found,
    closedTheBatch: closed !== null && closes(write.offset, closed, policy ?? null),
    result: found && !superseded ? await fileResult(sources, found, write.event) : null,
    superseded,
  };
}

/** The batch that holds a write, or null while its window is open. */
async function batchOfWrite(sources: Sources, key: PartitionKey, write: FoundWrite): Promise<Batch | null> {
  const { record, offset } = write;
  const here = record.closed.find(({ from, to }) => from <= offset && offset < to);
  if (here) return here;
  // What its record left open is the window that holds it.
  const closing = await closingRecord(sources.ports.log, key, record.state.windowSeq);
  return closing?.batch ?? null;
}
