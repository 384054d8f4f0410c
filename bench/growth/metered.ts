import type { ObjectEvent } from '../../src/core/event.ts';
import type { Log } from '../../src/log/log.ts';
import { memoryLog } from '../../src/log/memory.ts';
import { encodedBytes } from '../../src/log/record.ts';

/** What pk, sk and attribute names add to a record's bytes. */
const ITEM_OVERHEAD_BYTES = 64;

/** A log in memory that counts what DynamoDB would bill: a write unit a KB, a read unit per 4 KB read. */
export function meteredLog() {
  const inner = memoryLog();
  const counted = { writeUnits: 0, reads: 0, readRecords: 0 };
  const read = <Records>(records: Records): Records => {
    counted.reads += 1;
    counted.readRecords += Array.isArray(records) ? records.length : Number(records !== null);
    return records;
  };
  const log: Log = {
    async tail(key) {
      return read(await inner.tail(key));
    },
    async get(key, seq) {
      return read(await inner.get(key, seq));
    },
    async readForward(key, from, limit) {
      return read(await inner.readForward(key, from, limit));
    },
    async readBackward(key, before, limit) {
      return read(await inner.readBackward(key, before, limit));
    },
    append(key, record) {
      const bytes = encodedBytes(key, record) + ITEM_OVERHEAD_BYTES + key.route.length + key.partition.length;
      counted.writeUnits += Math.ceil(bytes / 1024);
      return inner.append(key, record);
    },
  };
  return { log, counted };
}

let number = 0;

/** A new event below a prefix, as S3 tells of it: a folder a day, a numbered name, a sequencer. */
export function newEvent(prefix: string): ObjectEvent {
  number += 1;
  const day = String(1 + (number % 28)).padStart(2, '0');
  const random = Math.imul(number, 2_654_435_761) >>> 0;
  const hex = random.toString(16).padStart(8, '0');
  const now = Date.now();
  return {
    bucket: 'landing',
    key: `${prefix}2026-01-${day}/part-${String(number).padStart(9, '0')}-of-a-set.csv`,
    size: 1_000 + (random % 90_000),
    etag: hex.repeat(4),
    sequencer: `0067${hex}${(number % 0xffff).toString(16).padStart(4, '0')}`.toUpperCase(),
    time: now - 400,
    arrival: now,
  };
}
