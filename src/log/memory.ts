import type { PartitionKey } from '../core/window.ts';
import { logKey } from '../table/layout.ts';
import type { Log } from './log.ts';
import { decodeRecord, encodeRecord } from './record.ts';

export interface MemoryLogOptions {
  /** Whether a conflict hands over the winner, as DynamoDB does and dynalite does not. Default true. */
  handsOverWinner?: boolean;
  /** Records that one read returns at most, to make callers page. Default: no limit. */
  pageRecords?: number;
}

/**
 * A log in this process's memory, for simulations and tests. Keeps records encoded, so callers cannot reach into
 * what is stored, and every read goes through the encoding. Each operation happens at one instant, during the
 * call; no timers, no chance.
 */
export function memoryLog(options: MemoryLogOptions = {}): Log {
  const { handsOverWinner = true, pageRecords = Number.POSITIVE_INFINITY } = options;
  /** Partition → records, each at the index of its seq. */
  const logs = new Map<string, (Uint8Array | undefined)[]>();
  const recordsOf = (key: PartitionKey) => logs.get(nameOf(key)) ?? [];

  function read(key: PartitionKey, seqs: Iterable<number>, limit: number) {
    const records = recordsOf(key);
    const found = [];
    for (const seq of seqs) {
      if (found.length >= Math.min(limit, pageRecords)) break;
      const bytes = records[seq];
      if (bytes !== undefined) found.push(decodeRecord(key, seq, bytes));
    }
    return found;
  }

  return {
    async tail(key) {
      const last = recordsOf(key).length - 1;
      return read(key, descending(last), 1)[0] ?? null;
    },

    async append(key, record) {
      // A copy: small buffers are slices of a pool, and one that is kept keeps all of it.
      const bytes = Uint8Array.from(encodeRecord(key, record));
      logKey(key, record.seq);
      const records = recordsOf(key);
      const stored = records[record.seq];
      if (stored !== undefined) {
        return { committed: false, winner: handsOverWinner ? decodeRecord(key, record.seq, stored) : null };
      }
      records[record.seq] = bytes;
      logs.set(nameOf(key), records);
      return { committed: true };
    },

    async get(key, seq) {
      return read(key, [seq], 1)[0] ?? null;
    },

    async readForward(key, from, limit) {
      return read(key, ascending(Math.max(from, 0), recordsOf(key).length), limit);
    },

    async readBackward(key, before, limit) {
      return read(key, descending(Math.min(before, recordsOf(key).length) - 1), limit);
    },
  };
}

function nameOf(key: PartitionKey): string {
  return JSON.stringify([key.route, key.partition]);
}

function* ascending(from: number, end: number): Generator<number> {
  for (let seq = from; seq < end; seq += 1) yield seq;
}

function* descending(from: number): Generator<number> {
  for (let seq = from; seq >= 0; seq -= 1) yield seq;
}
