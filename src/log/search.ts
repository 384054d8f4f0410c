import type { Batch, LogRecord, PartitionKey } from '../core/window.ts';
import type { Log } from './log.ts';

/**
 * Finds records without an index: the log is dense and everything asked for here only ever grows along it, so a
 * binary search reads about log2(records) of them. Nothing is scanned.
 */

export interface ClosingRecord {
  record: LogRecord;
  batch: Batch;
}

/** The record that closed this window and the batch that it became, or null while it is open or not there yet. */
export async function closingRecord(
  log: Log,
  key: PartitionKey,
  windowSeq: number,
): Promise<ClosingRecord | null> {
  // After the record that closed window w, the log's windowSeq is past w, and so it stays.
  const record = await firstRecordWhere(log, key, ({ state }) => state.windowSeq > windowSeq);
  const batch = record?.closed.find(({ seq }) => seq === windowSeq);
  return record && batch ? { record, batch } : null;
}

/** The first record committed at `at` (ms) or later, or null if there is none. */
export function firstRecordSince(log: Log, key: PartitionKey, at: number): Promise<LogRecord | null> {
  return firstRecordWhere(log, key, (record) => record.at >= at);
}

/** The record that holds the event with this offset, or null if the log does not reach it yet. */
export function recordOfEvent(log: Log, key: PartitionKey, offset: number): Promise<LogRecord | null> {
  return firstRecordWhere(log, key, ({ state }) => state.next > offset);
}

/** The first record for which `reached` holds. `reached` must stay true once it is. */
async function firstRecordWhere(
  log: Log,
  key: PartitionKey,
  reached: (record: LogRecord) => boolean,
): Promise<LogRecord | null> {
  let found = await log.tail(key);
  if (!found || !reached(found)) return null;
  let low = 1;
  while (low < found.seq) {
    const middle = Math.floor((low + found.seq) / 2);
    const record: LogRecord | null = await log.get(key, middle);
    if (record && reached(record)) found = record;
    // A missing record counts as not reached: old ones may be gone one day, new ones never before old ones.
    else low = middle + 1;
  }
  return found;
}
