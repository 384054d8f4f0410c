import type { LogRecord, PartitionKey } from '../core/window.ts';
import { TableUnavailableError } from '../table/errors.ts';
import { getItem, type Item, putIfAbsent, queryPage, type Range, type Table } from '../table/items.ts';
import { logKey, logPk, SEQ_MAX, seqOf, seqSk } from '../table/layout.ts';
import { type Log, LogCorruptError, LogUnavailableError } from './log.ts';
import { decodeRecord, encodeRecord } from './record.ts';

/**
 * A log in DynamoDB: an item per record, one conditional put per append, consistent queries for reads. One
 * partition's log takes up to about 1,000 write units a second (DynamoDB's limit for one `pk`).
 *
 * All its methods throw LogUnavailableError when DynamoDB did not answer or throttled, TableRefusedError when it
 * will refuse again (permissions, no such table), and LogCorruptError for a record that cannot be read.
 */
export function dynamoLog(table: Table): Log {
  async function read(key: PartitionKey, range: Omit<Range, 'pk'>): Promise<LogRecord[]> {
    if (range.limit < 1) return [];
    const items = await answered(key, queryPage(table, { pk: logPk(key), ...range }));
    return items.map((item) => recordOf(key, item));
  }

  return {
    async tail(key) {
      const [last] = await read(key, { order: 'descending', limit: 1 });
      return last ?? null;
    },

    async append(key, record) {
      const bytes = encodeRecord(key, record);
      // The SDK repeats a put whose reply was lost, and then meets its own item: a conflict with a winner that
      // equals our record. That is reported as any other conflict. The service recognises its own events in the
      // winner; comparing here could not tell our put from another process's put of the same record.
      const result = await answered(key, putIfAbsent(table, logKey(key, record.seq), { r: { B: bytes } }));
      if (result.put) return { committed: true };
      return { committed: false, winner: result.existing && recordOf(key, result.existing) };
    },

    async get(key, seq) {
      const item = await answered(key, getItem(table, { pk: logPk(key), sk: seqSk(seq) }));
      return item && recordOf(key, item);
    },

    async readForward(key, from, limit) {
      if (from > SEQ_MAX) return [];
      return read(key, { sk: { is: '>=', than: seqSk(from) }, order: 'ascending', limit });
    },

    async readBackward(key, before, limit) {
      if (before > SEQ_MAX) return read(key, { order: 'descending', limit });
      return read(key, { sk: { is: '<', than: seqSk(before) }, order: 'descending', limit });
    },
  };
}

function recordOf(key: PartitionKey, item: Item): LogRecord {
  const seq = seqOf(item.sk?.S ?? '');
  const bytes = item.r?.B;
  if (bytes === undefined)
    throw new LogCorruptError(key, seq, 'its item has no attribute "r" of type Binary');
  return decodeRecord(key, seq, bytes);
}

async function answered<Answer>(key: PartitionKey, request: Promise<Answer>): Promise<Answer> {
  try {
    return await request;
  } catch (cause) {
    throw cause instanceof TableUnavailableError ? new LogUnavailableError(key, cause.cause) : cause;
  }
}
