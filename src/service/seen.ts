import { type ObjectEvent, writeOf } from '../core/event.ts';
import type { LogRecord } from '../core/window.ts';

/**
 * Remembers which events the records of a stretch of a log hold, as 64-bit digests. A digest may lie: a hit is to
 * be confirmed in its record.
 */
export interface Seen {
  /** Adds a record's events. Records may come in any order, each once. */
  add(record: Pick<LogRecord, 'seq' | 'events'>): void;
  /** Seqs of the records that may hold this event. */
  recordsWith(event: ObjectEvent): number[];
  /** Events remembered. */
  readonly size: number;
}

/** V8 keeps an array of 64 bytes within the object; most partitions of many never need more. */
const SLOTS_MIN = 4;

/** Words of a slot: the digest's two halves, then the record's seq in two. Seqs start at 1, so 0 is an empty slot. */
const WORDS = 4;
const SEQ_LOW = 2;
const SEQ_HIGH = 3;
const WORD = 2 ** 32;

const NO_SLOTS = new Uint32Array(0);
/** Where digests are made, one at a time. */
const digest = new Uint32Array(2);

/** Open addressing in one typed array: 16 bytes a slot in one line of the CPU's cache, where a Map of strings needs a hundred. */
export function createSeen(): Seen {
  let size = 0;
  let slots: Uint32Array<ArrayBuffer> = NO_SLOTS;

  return {
    get size() {
      return size;
    },
    add(record) {
      for (const event of record.events) {
        if (2 * (size + 1) * WORDS > slots.length) slots = grown(slots);
        digestOf(event, digest);
        place(slots, digest[0] ?? 0, digest[1] ?? 0, record.seq % WORD, Math.floor(record.seq / WORD));
        size += 1;
      }
    },
    recordsWith(event) {
      const found: number[] = [];
      if (size === 0) return found;
      digestOf(event, digest);
      const [high = 0, low = 0] = digest;
      const mask = slots.length - 1;
      for (let at = (low * WORDS) & mask; !isEmpty(slots, at); at = (at + WORDS) & mask) {
        if (slots[at] === high && slots[at + 1] === low) {
          found.push((slots[at + SEQ_LOW] ?? 0) + WORD * (slots[at + SEQ_HIGH] ?? 0));
        }
      }
      return found;
    },
  };
}

function isEmpty(slots: Uint32Array, at: number): boolean {
  return slots[at + SEQ_LOW] === 0 && slots[at + SEQ_HIGH] === 0;
}

function place(slots: Uint32Array, high: number, low: number, seqLow: number, seqHigh: number): void {
  const mask = slots.length - 1;
  let at = (low * WORDS) & mask;
  while (!isEmpty(slots, at)) at = (at + WORDS) & mask;
  slots[at] = high;
  slots[at + 1] = low;
  slots[at + SEQ_LOW] = seqLow;
  slots[at + SEQ_HIGH] = seqHigh;
}

function grown(slots: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(SLOTS_MIN * WORDS, 2 * slots.length));
  for (let at = 0; at < slots.length; at += WORDS) {
    if (isEmpty(slots, at)) continue;
    place(larger, slots[at] ?? 0, slots[at + 1] ?? 0, slots[at + SEQ_LOW] ?? 0, slots[at + SEQ_HIGH] ?? 0);
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

/** Two UTF-16 units a step: half the multiplications. */
function mix(text: string, into: Uint32Array): void {
  let high = into[0] ?? 0;
  let low = into[1] ?? 0;
  const even = text.length & ~1;
  for (let index = 0; index < even; index += 2) {
    const units = text.charCodeAt(index) | (text.charCodeAt(index + 1) << 16);
    high = Math.imul(high ^ units, 0x9e3779b1);
    high ^= high >>> 15;
    low = Math.imul(low ^ units, 0x5f356495);
    low ^= low >>> 15;
  }
  if (even < text.length) {
    const unit = text.charCodeAt(even);
    high = Math.imul(high ^ unit, 0x9e3779b1);
    low = Math.imul(low ^ unit, 0x5f356495);
    low ^= low >>> 15;
  }
  into[0] = Math.imul(high ^ text.length, 0x27d4eb2f);
  into[1] = Math.imul(low ^ (text.length + 1), 0x165667b1);
}
