import type { PartitionKey } from '../core/window.ts';
import { batchSk, closedSk, compareKeyText, partitionSk } from '../table/layout.ts';
import type {
  BatchItem,
  OfBatches,
  Page,
  PartitionItem,
  PartitionPosition,
  Projections,
  Unended,
} from './projections.ts';
import { progressOf } from './status.ts';

interface StoredPartition {
  key: PartitionKey;
  position: PartitionPosition | null;
  settled: { epoch: string; to: number } | null;
}

/** Projections in this process's memory, for simulations and tests. What goes in and out is copied. */
export function memoryProjections(): Projections {
  /** Route → sort key → item. */
  const partitions = new Map<string, Map<string, StoredPartition>>();

  function stored(key: PartitionKey): StoredPartition {
    const ofRoute = inMap(partitions, key.route);
    const item = ofRoute.get(partitionSk(key.partition)) ?? {
      key: { ...key },
      position: null,
      settled: null,
    };
    ofRoute.set(partitionSk(key.partition), item);
    return item;
  }

  return {
    async register(key) {
      stored(key);
    },

    async advance(key, position) {
      const item = stored(key);
      if (item.position === null || isAfter(position, item.position))
        item.position = structuredClone(position);
    },

    async settle(key, epoch, settledTo) {
      const item = stored(key);
      const { settled } = item;
      const ahead =
        settled === null || epoch > settled.epoch || (epoch === settled.epoch && settledTo > settled.to);
      if (ahead) item.settled = { epoch, to: settledTo };
    },

    async partition(key) {
      const item = partitions.get(key.route)?.get(partitionSk(key.partition));
      return item === undefined ? null : shown(item);
    },

    async partitions(route, { after, limit }) {
      const start = after === undefined ? '' : partitionSk(after);
      const found = [...(partitions.get(route) ?? [])]
        .filter(([sk]) => compareKeyText(sk, start) > 0)
        .sort(([a], [b]) => compareKeyText(a, b));
      return pageOf(found, limit, shown);
    },

    async routes() {
      return [...partitions.keys()].sort(compareKeyText);
    },

    ...memoryBatches(),
  };
}

function memoryBatches(): OfBatches {
  /** Route → sort key → item. */
  const batches = new Map<string, Map<string, BatchItem>>();
  const unended = new Map<string, Unended>();

  return {
    async batchStarted(item) {
      const ofRoute = inMap(batches, item.route);
      const before = ofRoute.get(batchSk(item));
      if (before === undefined || progressOf(item) > progressOf(before)) {
        ofRoute.set(batchSk(item), structuredClone(item));
      }
    },

    async batchStatus(ref, change) {
      const item = batches.get(ref.route)?.get(batchSk(ref));
      if (item === undefined || progressOf(change) <= progressOf(item)) return;
      const { endedAt: _endedAt, error: _error, cause: _cause, ...lasting } = item;
      const { status, redrives, endedAt, error, cause } = change;
      batches.get(ref.route)?.set(batchSk(ref), {
        ...lasting,
        status,
        redrives,
        ...(endedAt !== undefined && { endedAt }),
        ...(error !== undefined && { error }),
        ...(cause !== undefined && { cause }),
      });
    },

    async batch(ref) {
      return structuredClone(batches.get(ref.route)?.get(batchSk(ref))) ?? null;
    },

    async batches(route, { before, limit }) {
      const end = before && batchSk(before);
      const found = [...(batches.get(route) ?? [])]
        .filter(([sk]) => end === undefined || compareKeyText(sk, end) < 0)
        .sort(([a], [b]) => compareKeyText(b, a));
      return pageOf(found, limit, (item) => structuredClone(item));
    },

    async batchesSince(route, { since, after, limit }) {
      const isBehind = after
        ? (sk: string) => compareKeyText(sk, batchSk(after)) > 0
        : (sk: string) => compareKeyText(sk, closedSk(since)) >= 0;
      const found = [...(batches.get(route) ?? [])]
        .filter(([sk]) => isBehind(sk))
        .sort(([a], [b]) => compareKeyText(a, b));
      return pageOf(found, limit, (item) => structuredClone(item));
    },

    async unended(route) {
      return structuredClone(unended.get(route)) ?? null;
    },

    async keepUnended(route, next) {
      if ((unended.get(route)?.version ?? 0) >= next.version) return false;
      unended.set(route, structuredClone(next));
      return true;
    },
  };
}

function isAfter(a: PartitionPosition, b: PartitionPosition): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.record > b.record);
}

/** What is settled counts for the epoch it was settled in, and for no other. */
function shown(item: StoredPartition): PartitionItem {
  const { key, position, settled } = item;
  const settledTo = settled !== null && settled.epoch === position?.epoch ? settled.to : 0;
  return structuredClone({ ...key, position, settledTo });
}

function pageOf<Stored, Item>(
  found: [string, Stored][],
  limit: number,
  show: (stored: Stored) => Item,
): Page<Item> {
  const items = found.slice(0, limit).map(([, stored]) => show(stored));
  return { items, more: found.length > limit };
}

function inMap<Value>(maps: Map<string, Map<string, Value>>, name: string): Map<string, Value> {
  const map = maps.get(name) ?? new Map<string, Value>();
  maps.set(name, map);
  return map;
}
