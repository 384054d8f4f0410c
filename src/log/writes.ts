import { compareSequencers, type ObjectEvent } from '../core/event.ts';
import type { LogRecord, PartitionKey } from '../core/window.ts';
import type { Log } from './log.ts';
import { firstRecordSince } from './search.ts';

/** A write of an object as the log holds it. */
export interface FoundWrite {
  event: ObjectEvent;
  /** In the partition's sequence of events. */
  offset: number;
  record: LogRecord;
}

export interface FoundWrites {
  /** Newest first. */
  writes: FoundWrite[];
  /** Records committed before this (ms) were not looked at; null when the whole log was. */
  searchedFrom: number | null;
}

/** The object as it lies there now: its latest write cannot have been recorded before this. */
export interface Newest {
  lastModified: number;
  etag?: string;
}

/** How far before an object's time its record may lie: covers the skew between S3's clock and the committers' (ms). */
const MARGIN_MS = 120_000;

/** Records read at a time. */
const PAGE = 100;

/** Records looked at on the way forward to the latest write, and back from it to older ones. */
const FORWARD_MAX = 10_000;
const BACKWARD_MAX = 2_000;
/** Events looked at on the way back where the latest write is known: older ones seldom matter, and nobody waits for them. */
const OLDER_EVENTS_MAX = 20_000;

/**
 * Every write of a key that the log holds, newest first, without an index. Where the object is still there, the
 * search begins at its last modification; older writes are looked for a bounded way back from there.
 */
export async function writesOf(
  log: Log,
  key: PartitionKey,
  object: Pick<ObjectEvent, 'bucket' | 'key'>,
  newest: Newest | null,
): Promise<FoundWrites> {
  const tail = await log.tail(key);
  if (!tail) return { writes: [], searchedFrom: null };
  const start = newest && (await firstRecordSince(log, key, newest.lastModified - MARGIN_MS));
  const from = start?.seq ?? tail.seq + 1;
  const writes = start && newest ? await forward(log, key, from, object, newest) : [];
  const eventsMax = writes.length > 0 ? OLDER_EVENTS_MAX : Number.POSITIVE_INFINITY;
  const back = await backward(log, key, from, object, eventsMax);
  return { writes: [...writes, ...back.writes].sort(newestFirst), searchedFrom: back.searchedFrom };
}

async function forward(
  log: Log,
  key: PartitionKey,
  from: number,
  object: Pick<ObjectEvent, 'bucket' | 'key'>,
  newest: Newest,
): Promise<FoundWrite[]> {
  const writes: FoundWrite[] = [];
  let next = from;
  while (next < from + FORWARD_MAX) {
    const records = await log.readForward(key, next, PAGE);
    for (const record of records) {
      writes.push(...writesIn(record, object));
      // The object is as this write left it, so the log holds no newer one.
      if (writes.some(({ event }) => isNewest(event, newest))) return writes;
    }
    const last = records.at(-1);
    if (!last) break;
    next = last.seq + 1;
  }
  return writes;
}

async function backward(
  log: Log,
  key: PartitionKey,
  before: number,
  object: Pick<ObjectEvent, 'bucket' | 'key'>,
  eventsMax: number,
): Promise<FoundWrites> {
  const writes: FoundWrite[] = [];
  let seq = before;
  let events = 0;
  let oldest: LogRecord | undefined;
  while (seq > 1 && before - seq < BACKWARD_MAX && events < eventsMax) {
    const records = await log.readBackward(key, seq, PAGE);
    for (const record of records) {
      writes.push(...writesIn(record, object));
      events += record.events.length;
    }
    oldest = records.at(-1);
    if (!oldest) break;
    seq = oldest.seq;
  }
  return { writes, searchedFrom: seq > 1 ? (oldest?.at ?? null) : null };
}

function writesIn(record: LogRecord, { bucket, key }: Pick<ObjectEvent, 'bucket' | 'key'>): FoundWrite[] {
  const first = record.state.next - record.events.length;
  return record.events.flatMap((event, index) =>
    event.key === key && event.bucket === bucket ? [{ event, offset: first + index, record }] : [],
  );
}

function isNewest(event: ObjectEvent, { lastModified, etag }: Newest): boolean {
  // S3 keeps last modifications to the second, events to the millisecond.
  return etag !== undefined && unquoted(event.etag) === unquoted(etag) && event.time >= lastModified - 1_000;
}

/** S3's API puts ETags in quotes, its events do not. */
function unquoted(etag: string): string {
  return etag.replaceAll('"', '');
}

function newestFirst(a: FoundWrite, b: FoundWrite): number {
  return compareSequencers(b.event.sequencer, a.event.sequencer) || b.offset - a.offset;
}
