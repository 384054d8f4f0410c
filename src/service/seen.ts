import { type ObjectEvent, writeOf } from '../core/event.ts';
import type { LogRecord } from '../core/window.ts';

/**
 * Remembers which events the records of a stretch of a log hold, as 64-bit digests. A digest may lie: a hit is to
 * be confirmed in its record.
 */
export interface Seen {
  /** Adds a record's events. Records may come in any order, each once. */
  add(record: LogRecord): void;
  /** Seqs of the records that may hold this event. */
  recordsWith(event: ObjectEvent): number[];
  /** Events remembered. */
  readonly size: number;
}

const EMPTY = 0;
const SLOTS_MIN = 256;

/** Open addressing in typed arrays: 16 bytes a slot, where a Map of strings needs a hundred. */
export function createSeen(): Seen {
  let size = 0;
  let table = slots(SLOTS_MIN);
  const digest = new Uint32Array(2);

  return {
    get size() {
      return size;
    },
    add(record) {
      for (const event of record.events) {
        if (2 * (size + 1) > table.mask + 1) table = grown(table);
        digestOf(event, digest);
        place(table, digest[0] ?? 0, digest[1] ?? 0, record.seq);
        size += 1;
      }
    },
    recordsWith(event) {
      digestOf(event, digest);
      const [high = 0, low = 0] = digest;
      const found: number[] = [];
      for (let slot = low & table.mask; table.record[slot] !== EMPTY; slot = (slot + 1) & table.mask) {
        if (table.high[slot] === high && table.low[slot] === low) found.push(table.record[slot] ?? EMPTY);
      }
      return found;
    },
  };
}

interface Slots {
  mask: number;
  high: Uint32Array;
  low: Uint32Array;
  /** Seq of the record; 0 for an empty slot, for seqs start at 1. */
  record: Float64Array;
}

function slots(count: number): Slots {
  return {
    mask: count - 1,
    high: new Uint32Array(count),
    low: new Uint32Array(count),
    record: new Float64Array(count),
  };
}

function place(table: Slots, high: number, low: number, record: number): void {
  let slot = low & table.mask;
  while (table.record[slot] !== EMPTY) slot = (slot + 1) & table.mask;
  table.high[slot] = high;
  table.low[slot] = low;
  table.record[slot] = record;
}

function grown(table: Slots): Slots {
  const larger = slots((table.mask + 1) * 2);
  for (let slot = 0; slot <= table.mask; slot += 1) {
    const record = table.record[slot] ?? EMPTY;
    if (record !== EMPTY) place(larger, table.high[slot] ?? 0, table.low[slot] ?? 0, record);
  }
  return larger;
}

/** Two independent 32-bit multiplicative hashes over the fields that make an event's identity. */
function digestOf(event: ObjectEvent, into: Uint32Array): void {
  into[0] = 0x9e3779b9;
  into[1] = 0x85ebca6b;
  mix(event.key, into);
  mix(event.versionId ?? '', into);
  mix(writeOf(event), into);
  const high = into[0] ?? 0;
  const low = into[1] ?? 0;
  into[0] = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ (low >>> 13);
  into[1] = Math.imul(low ^ (low >>> 15), 0xc2b2ae35) ^ (high >>> 11);
}

function mix(text: string, into: Uint32Array): void {
  let high = into[0] ?? 0;
  let low = into[1] ?? 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 0x9e3779b1);
    low = Math.imul(low ^ unit, 0x5f356495);
    low ^= low >>> 15;
  }
  into[0] = Math.imul(high ^ text.length, 0x27d4eb2f);
  into[1] = Math.imul(low ^ (text.length + 1), 0x165667b1);
}
