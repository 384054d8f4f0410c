import type { ObjectEvent } from '../core/event.ts';
import type { LogRecord, PartitionKey } from '../core/window.ts';
import type { Log } from '../log/log.ts';
import { type Contention, noContention } from './contention.ts';
import { noReach, type Reach } from './reach.ts';
import { addRecent, nothingRecent, type Recent } from './recent.ts';
import { createSeen, type Seen } from './seen.ts';

/**
 * What a process remembers of one partition's log: its tail, and the identities in the records behind it.
 * Only one operation at a time may use it (see lanes.ts).
 */
export interface Partition {
  readonly key: PartitionKey;
  /** The last record that this process knows, without its events; null for an empty log. */
  tail: LogRecord | null;
  /** When the tail was last confirmed by the log (ms); negative infinity: never. */
  confirmedAt: number;
  /** Identities in two generations, so that forgetting the older keeps the younger. */
  young: Generation;
  old: Generation;
  /** From when on identities were asked for in this turn (ms since 1970); null when they were not. */
  asked: number | null;
  reach: Reach;
  recent: Recent;
  contention: Contention;
}

/** Identities in a stretch of the log: the young one ends at the tail, the old one where the young one begins. */
interface Generation {
  seen: Seen;
  /** Seq of its oldest record. */
  from: number;
  /** No record before `from` was committed later than this (ms); negative infinity: there is none before. */
  before: number;
}

/** Records read at once when catching up, and first when looking back. */
const PAGE = 100;
/** What looks back far asks for ever more, up to this many; DynamoDB answers with 1 MB at most (developer guide, Query). */
export const LOOK_BACK_PAGE_MAX = 5_000;

export function unknownPartition(key: PartitionKey): Partition {
  return {
    key,
    tail: null,
    confirmedAt: Number.NEGATIVE_INFINITY,
    asked: null,
    reach: noReach(),
    recent: nothingRecent(),
    contention: noContention(),
    ...nothingSeen(null),
  };
}

/**
 * Makes the tail current. Reads what was appended since, or starts over where the log is not the one we knew: it
 * was restored to an older point, recreated, or ran far ahead.
 */
export async function refresh(log: Log, partition: Partition, now: number): Promise<void> {
  const tail = await log.tail(partition.key);
  const known = partition.tail;
  const since = known && tail && (await recordsSince(log, partition.key, known, tail));
  if (since === null) {
    startOver(partition, tail);
  } else {
    for (const record of since) advance(partition, record, now);
    if (partition.tail?.seq !== tail?.seq) await catchUp(log, partition, tail?.seq);
  }
  partition.confirmedAt = now;
}

/**
 * Makes the tail current for another try after a lost race, in one read: each request more is one that faster writers use
 * to put the next record. Where more has come than a page, or the log is not the one we knew, {@link refresh} sees to it.
 */
export async function follow(log: Log, partition: Partition, now: number): Promise<void> {
  const known = partition.tail;
  const [first, ...since] = known ? await log.readForward(partition.key, known.seq, PAGE) : [];
  if (!known || !isSame(first, known) || since.length + 1 >= PAGE) return refresh(log, partition, now);
  for (const record of since) advance(partition, record, now);
  partition.confirmedAt = now;
}

/** What follows `known` up to `tail`, or a first page of it; null where it is too much, or not the log we knew. */
async function recordsSince(log: Log, key: PartitionKey, known: LogRecord, tail: LogRecord) {
  const ahead = tail.seq - known.seq;
  if (ahead < 0 || ahead > PAGE) return null;
  const [first, ...since] = ahead === 0 ? [tail] : await log.readForward(key, known.seq, ahead + 1);
  return isSame(first, known) ? since : null;
}

/** A log that went back and grew again may be longer than it was: the record in our tail's place tells. */
function isSame(found: LogRecord | undefined, known: LogRecord): boolean {
  return found?.seq === known.seq && found.at === known.at && found.state.epoch === known.state.epoch;
}

/** Those of open windows are at hand elsewhere, within bounds; a tail's would be kept for as long as its partition is known. */
function withoutEvents(record: LogRecord): LogRecord {
  return { ...record, events: [] };
}

/** Adds the record that follows the tail: our own, or the one that won the race for its seq. */
export function advance(partition: Partition, record: LogRecord, now: number): void {
  partition.tail = withoutEvents(record);
  partition.young.seen.add(record);
  addRecent(partition.recent, record);
  partition.confirmedAt = now;
}

/** Reads forward to whatever the log has now. Used after a conflict whose winner we were not given. */
export async function catchUp(log: Log, partition: Partition, atLeast = 0): Promise<void> {
  for (;;) {
    const from = (partition.tail?.seq ?? 0) + 1;
    const records = await log.readForward(partition.key, from, PAGE);
    for (const record of records) advance(partition, record, partition.confirmedAt);
    if (records.length === 0 || (partition.tail?.seq ?? 0) >= atLeast) return;
  }
}

/**
 * Reads back until we have seen every record that was committed at or after `since` (ms), or remember too many
 * identities: `old.before` tells how far it came. A record committed before an event was born cannot hold it, so nothing older needs
 * to be read.
 */
export async function lookBack(
  log: Log,
  partition: Partition,
  since: number,
  identitiesMax: number,
): Promise<void> {
  const { old } = partition;
  partition.asked = Math.min(since, partition.asked ?? since);
  for (
    let page = PAGE;
    old.before >= since && old.seen.size < identitiesMax;
    page = Math.min(2 * page, LOOK_BACK_PAGE_MAX)
  ) {
    const records = await log.readBackward(partition.key, old.from, page);
    if (records.length === 0) old.before = Number.NEGATIVE_INFINITY;
    for (const record of records) {
      old.seen.add(record);
      old.from = record.seq;
      old.before = record.seq === 1 ? Number.NEGATIVE_INFINITY : record.at;
    }
  }
}

/** Seqs of records that may hold this event, by its digest. For a fresh event there is none. */
export function suspects({ young, old }: Partition, event: ObjectEvent): number[] {
  const found = young.seen.recordsWith(event);
  const older = old.seen.recordsWith(event);
  return older.length === 0 ? found : [...found, ...older];
}

/** Forgets the older identities. An event that needs them reads them again. */
export function forgetOlder(partition: Partition): void {
  partition.old = partition.young;
  partition.young = nothingSeen(partition.tail).young;
}

function startOver(partition: Partition, tail: LogRecord | null): void {
  Object.assign(partition, {
    tail: tail && withoutEvents(tail),
    recent: nothingRecent(),
    ...nothingSeen(tail),
  });
}

function nothingSeen(tail: LogRecord | null): Pick<Partition, 'young' | 'old'> {
  const from = (tail?.seq ?? 0) + 1;
  const before = tail?.at ?? Number.NEGATIVE_INFINITY;
  return { young: { seen: createSeen(), from, before }, old: { seen: createSeen(), from, before } };
}
