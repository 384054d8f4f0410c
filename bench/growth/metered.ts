import type { PartitionKey } from '../../src/core/window.ts';
import type { Log } from '../../src/log/log.ts';
import { decodeRecord, encodeRecord } from '../../src/log/record.ts';
import { createArena } from './arena.ts';

/** What pk, sk and attribute names add to a record's bytes. */
const ITEM_OVERHEAD_BYTES = 64;
/** A read answers with at most 1 MB (DynamoDB developer guide, Query). */
const PAGE_BYTES = 1024 * 1024;

/** A log in this process's memory that counts what DynamoDB would bill. */
export interface MeteredLog extends Log {
  counted: { records: number; bytes: number; writeUnits: number; reads: number; readUnits: number };
  /** Gives the memory of all records back. */
  forget(): void;
}

/** A write unit a KB of each record; for a read that must not be stale a unit per 4 KB, one at least. */
export function meteredLog(): MeteredLog {
  const arena = createArena();
  /** Partition → where each record is kept, and how long it is. */
  const logs = new Map<string, { places: number[]; lengths: number[] }>();
  const counted = { records: 0, bytes: 0, writeUnits: 0, reads: 0, readUnits: 0 };

  function read(key: PartitionKey, seqs: Iterable<number>, limit: number) {
    const { places = [], lengths = [] } = logs.get(key.partition) ?? {};
    const found = [];
    let bytes = 0;
    for (const seq of seqs) {
      const [place, length] = [places[seq - 1], lengths[seq - 1]];
      if (place === undefined || length === undefined || found.length >= limit) break;
      bytes += length + overheadOf(key);
      if (bytes > PAGE_BYTES && found.length > 0) break;
      found.push(decodeRecord(key, seq, arena.at(place, length)));
    }
    counted.reads += 1;
    counted.readUnits += Math.max(1, Math.ceil(bytes / 4096));
    return found;
  }
  const lengthOf = (key: PartitionKey) => logs.get(key.partition)?.places.length ?? 0;

  return {
    counted,
    async tail(key) {
      return read(key, [lengthOf(key)], 1)[0] ?? null;
    },
    async get(key, seq) {
      return read(key, [seq], 1)[0] ?? null;
    },
    async readForward(key, from, limit) {
      return read(key, upwards(from), limit);
    },
    async readBackward(key, before, limit) {
      return read(key, downwards(Math.min(before - 1, lengthOf(key))), limit);
    },
    async append(key, record) {
      const { places, lengths } = logs.get(key.partition) ?? { places: [], lengths: [] };
      if (record.seq !== places.length + 1) {
        throw new Error(`Record ${record.seq} does not follow ${places.length}: there is one caller here.`);
      }
      const bytes = encodeRecord(key, record);
      places.push(arena.keep(bytes));
      lengths.push(bytes.length);
      logs.set(key.partition, { places, lengths });
      counted.records += 1;
      counted.bytes += bytes.length;
      counted.writeUnits += Math.ceil((bytes.length + overheadOf(key)) / 1024);
      return { committed: true };
    },
    forget() {
      logs.clear();
      arena.forget();
    },
  };
}

function overheadOf({ route, partition }: PartitionKey): number {
  return ITEM_OVERHEAD_BYTES + route.length + partition.length;
}

function* upwards(from: number): Generator<number> {
  for (let seq = Math.max(from, 1); ; seq += 1) yield seq;
}

function* downwards(from: number): Generator<number> {
  for (let seq = from; seq > 0; seq -= 1) yield seq;
}
