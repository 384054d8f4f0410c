import type { Batch, LogRecord } from '../core/window.ts';
import type { Partition } from './partition.ts';

/**
 * The last records of a log, one after the other up to its tail, as far back as its open window goes: a batch that closes
 * while its records are at hand is not read back for its input.
 */
export interface Recent {
  records: LogRecord[];
  /** Events in them. */
  events: number;
}

export function nothingRecent(): Recent {
  return { records: [], events: 0 };
}

/** Adds the record that follows the last. */
export function addRecent(recent: Recent, record: LogRecord): void {
  recent.records.push(record);
  recent.events += record.events.length;
}

/** The record with this seq, or null where it is not at hand. */
export function recentRecord({ recent: { records } }: Partition, seq: number): LogRecord | null {
  return records[seq - (records[0]?.seq ?? seq)] ?? null;
}

/** The records of the batches that these records closed, as far as they are at hand. */
export function atHand({ recent }: Partition, committed: LogRecord[]): LogRecord[] {
  const [first] = recent.records;
  const oldest = Math.min(...committed.flatMap(({ closed }) => closed.map(({ firstRecord }) => firstRecord)));
  return first && Number.isFinite(oldest) ? recent.records.slice(Math.max(0, oldest - first.seq)) : [];
}

/** The records of a batch out of those at hand, or null where they are not all there. */
export function ofBatch(records: LogRecord[], { firstRecord, lastRecord }: Batch): LogRecord[] | null {
  const start = firstRecord - (records[0]?.seq ?? Number.POSITIVE_INFINITY);
  const end = start + lastRecord - firstRecord + 1;
  return start >= 0 && end <= records.length ? records.slice(start, end) : null;
}

/** Bounds what all partitions of a process have at hand: those used longest ago are forgotten first. */
export interface RecentLimit {
  /** To be called after each use of a partition. */
  used(partition: Partition): void;
  /** A partition that is no longer known has nothing at hand. */
  forget(partition: Partition): void;
}

export function createRecentLimit(eventsMax: number): RecentLimit {
  /** Events at hand by partition, the least recently used first. */
  const held = new Map<Partition, number>();
  let total = 0;
  return {
    used(partition) {
      forgetClosed(partition);
      total += partition.recent.events - (held.get(partition) ?? 0);
      held.delete(partition);
      if (partition.recent.records.length > 0) held.set(partition, partition.recent.events);
      for (const [oldest, events] of held) {
        if (total <= eventsMax) break;
        oldest.recent = nothingRecent();
        held.delete(oldest);
        total -= events;
      }
    },
    forget(partition) {
      total -= held.get(partition) ?? 0;
      held.delete(partition);
    },
  };
}

/** Records before the open window are of no more use. */
function forgetClosed({ recent, tail }: Partition): void {
  const [first] = recent.records;
  if (!first) return;
  const needed = tail?.state.window?.firstRecord ?? Number.POSITIVE_INFINITY;
  if (first.seq >= needed) return;
  const gone = recent.records.splice(0, needed - first.seq);
  for (const { events } of gone) recent.events -= events.length;
}
