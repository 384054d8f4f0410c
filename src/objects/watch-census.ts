/**
 * Which write of each file was counted by this watch. It only saves repeats: the log drops those of an earlier life,
 * and would drop these. Holds one entry per file that is there.
 *
 * Paths and writes are kept as digests of 64 bits each, 23 to 45 bytes a file: a folder may hold millions, and nobody
 * reads them out again. A new write is passed over only where both digests repeat those of another, one chance in 2^64
 * for each time a file is written.
 */
export interface Census {
  /** Notes that a file with this write is there. True when that is news. */
  note(path: string, sequencer: string): boolean;
  /** Whether some write of this file was noted. */
  has(path: string): boolean;
  gone(path: string): void;
  /** A round met the file, whatever it holds by now. */
  met(path: string): void;
  beginRound(): void;
  /** Forgets the files that the round did not meet: they are gone, and no hint said so. */
  endRound(): void;
  readonly size: number;
}

/** Words of a slot: the path's digest, then the write's. No path has a first word of 0, so that is an empty slot. */
const WORDS = 4;
const WRITE = 2;
const SLOTS_MIN = 1_024;

/** Entries of 4 slots at most: with more, looking for one takes long. */
const FILLED_MAX = 3;

interface Table {
  words: Uint32Array;
  /** Per slot, whether the last round that began met the file, or it was noted since. */
  met: Uint8Array;
}

/** Open addressing: an entry lies in the slot that its path's digest names, or in the first free one after it. */
export function census(): Census {
  let table = tableOf(SLOTS_MIN);
  let size = 0;
  const path = new Uint32Array(2);
  const write = new Uint32Array(2);

  const find = (text: string) => {
    digest(text, path);
    return slotOf(table, path[0] ?? 0, path[1] ?? 0);
  };

  return {
    note(text, sequencer) {
      if (4 * (size + 1) > FILLED_MAX * table.met.length) table = copied(table, 2 * table.met.length);
      digest(sequencer, write);
      const slot = find(text);
      const { words, met } = table;
      const at = slot * WORDS;
      const isNew = words[at] === 0;
      met[slot] = 1;
      if (!isNew && words[at + WRITE] === write[0] && words[at + WRITE + 1] === write[1]) return false;
      if (isNew) size++;
      words.set(path, at);
      words.set(write, at + WRITE);
      return true;
    },
    has: (text) => table.words[find(text) * WORDS] !== 0,
    gone(text) {
      const slot = find(text);
      if (table.words[slot * WORDS] === 0) return;
      remove(table, slot);
      size--;
    },
    met(text) {
      table.met[find(text)] = 1;
    },
    beginRound() {
      table.met.fill(0);
    },
    endRound() {
      const { words, met } = table;
      size = 0;
      for (let slot = 0; slot < met.length; slot++) {
        if (met[slot] === 0) words[slot * WORDS] = 0;
        else if (words[slot * WORDS] !== 0) size++;
      }
      table = copied(table, roomFor(size));
    },
    get size() {
      return size;
    },
  };
}

function tableOf(slots: number): Table {
  return { words: new Uint32Array(slots * WORDS), met: new Uint8Array(slots) };
}

/** The fewest slots, a power of two, that hold so many entries and half as many more. */
function roomFor(entries: number): number {
  return Math.max(SLOTS_MIN, 2 ** Math.ceil(Math.log2((1.5 * entries * 4) / FILLED_MAX)));
}

/** The slot of this path's digest, or the empty one where it would be put. */
function slotOf({ words, met }: Table, high: number, low: number): number {
  const mask = met.length - 1;
  let slot = low & mask;
  for (;;) {
    const at = slot * WORDS;
    if (words[at] === 0 || (words[at] === high && words[at + 1] === low)) return slot;
    slot = (slot + 1) & mask;
  }
}

function copied(from: Table, slots: number): Table {
  const to = tableOf(slots);
  for (let slot = 0; slot < from.met.length; slot++) {
    const at = slot * WORDS;
    const high = from.words[at] ?? 0;
    if (high !== 0) move(from, slot, to, slotOf(to, high, from.words[at + 1] ?? 0));
  }
  return to;
}

function move(from: Table, slot: number, to: Table, place: number): void {
  for (let word = 0; word < WORDS; word++) {
    to.words[place * WORDS + word] = from.words[slot * WORDS + word] ?? 0;
  }
  to.met[place] = from.met[slot] ?? 0;
}

/** Entries that lie after their own slot move up into the gap, or they would not be found any more. */
function remove(table: Table, slot: number): void {
  const { words, met } = table;
  const mask = met.length - 1;
  let gap = slot;
  for (let next = (gap + 1) & mask; words[next * WORDS] !== 0; next = (next + 1) & mask) {
    const home = (words[next * WORDS + 1] ?? 0) & mask;
    if (((next - home) & mask) < ((next - gap) & mask)) continue;
    move(table, next, table, gap);
    gap = next;
  }
  words[gap * WORDS] = 0;
  met[gap] = 0;
}

/** Two 32-bit multiplicative hashes; the first word is never 0. */
function digest(text: string, into: Uint32Array): void {
  let high = 0x9e3779b9 ^ text.length;
  let low = 0x85ebca6b ^ text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 0x9e3779b1);
    high ^= high >>> 15;
    low = Math.imul(low ^ unit, 0x5f356495);
    low ^= low >>> 13;
  }
  into[0] = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ (low >>> 13) || 1;
  into[1] = Math.imul(low ^ (low >>> 15), 0xc2b2ae35) ^ (high >>> 11);
}
