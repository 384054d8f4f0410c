import type { PartitionKey } from '../core/window.ts';
import {
  getItem,
  type Item,
  json,
  jsonOf,
  putIfAbsent,
  queryAll,
  type Range,
  setIf,
  type Table,
} from '../table/items.ts';
import {
  batchesPk,
  batchKey,
  batchSk,
  closedSk,
  partitionKey,
  partitionSk,
  partitionsPk,
  ROUTES_PK,
  unendedKey,
} from '../table/layout.ts';
import type {
  BatchItem,
  OfBatches,
  Page,
  PartitionItem,
  PartitionPosition,
  Projections,
  StatusChange,
  Unended,
} from './projections.ts';
import { progressOf } from './status.ts';

/** Clauses that let an item go forward only. A clause that fails means "already there or ahead": a success. */
const NO_POSITION_YET = 'attribute_not_exists(#epoch)';
const OF_EARLIER_EPOCH = '#epoch < :epoch';
const OF_EARLIER_RECORD = '(#epoch = :epoch AND #record < :record)';
const NOTHING_SETTLED_YET = 'attribute_not_exists(#settledEpoch)';
const SETTLED_IN_EARLIER_EPOCH = '#settledEpoch < :settledEpoch';
const SETTLED_LESS = '(#settledEpoch = :settledEpoch AND #settledTo < :settledTo)';
const NO_BATCH_YET = 'attribute_not_exists(#progress)';
const LESS_PROGRESS = '#progress < :progress';
const NO_VERSION_YET = 'attribute_not_exists(#version)';
const EARLIER_VERSION = '#version < :version';

/** A route is listed again after so long (ms), as a log's tail is read again: the table may have been made anew. */
const LISTED_FOR_MS = 3_600_000;

/**
 * Projections in DynamoDB. Everything that conditions compare is an attribute of its own; the rest is JSON.
 * All methods throw TableUnavailableError, TableRefusedError, or TableCorruptError for an item they cannot read.
 */
export function dynamoProjections(table: Table, now: () => number = Date.now): Projections {
  /** Routes that this process has listed lately: with many new partitions at once, that one item would be a hot key. */
  const listed = new Map<string, { at: number; listing: Promise<unknown> }>();
  function listRoute(route: string): Promise<unknown> {
    const before = listed.get(route);
    if (before && now() - before.at < LISTED_FOR_MS) return before.listing;
    const listing = putIfAbsent(table, { pk: ROUTES_PK, sk: route }, {});
    listed.set(route, { at: now(), listing });
    listing.catch(() => listed.delete(route));
    return listing;
  }

  return {
    async register(key) {
      // The route first: a partition must not be there without its route being listed.
      await listRoute(key.route);
      await putIfAbsent(table, partitionKey(key), named(key));
    },

    async advance(key, position) {
      await setIf(table, partitionKey(key), {
        set: {
          ...named(key),
          epoch: { S: position.epoch },
          record: { N: String(position.record) },
          position: json(position),
        },
        onlyIf: [NO_POSITION_YET, OF_EARLIER_EPOCH, OF_EARLIER_RECORD].join(' OR '),
      });
    },

    async settle(key, epoch, settledTo) {
      await setIf(table, partitionKey(key), {
        set: { ...named(key), settledEpoch: { S: epoch }, settledTo: { N: String(settledTo) } },
        onlyIf: [NOTHING_SETTLED_YET, SETTLED_IN_EARLIER_EPOCH, SETTLED_LESS].join(' OR '),
      });
    },

    async partition(key) {
      const item = await getItem(table, partitionKey(key));
      return item && partitionOf(key.route, item);
    },

    async partitions(route, { after, limit }) {
      const range: Range = { pk: partitionsPk(route), order: 'ascending', limit };
      if (after !== undefined) range.sk = { is: '>', than: partitionSk(after) };
      return page(table, range, (item) => partitionOf(route, item));
    },

    async routes() {
      const range: Range = { pk: ROUTES_PK, order: 'ascending', limit: Number.POSITIVE_INFINITY };
      return (await queryAll(table, range)).map((item) => item.sk?.S ?? '');
    },

    ...dynamoBatches(table),
  };
}

function dynamoBatches(table: Table): OfBatches {
  return {
    async batchStarted(item) {
      const {
        status: _status,
        redrives: _redrives,
        endedAt: _at,
        error: _error,
        cause: _cause,
        ...lasting
      } = item;
      await setIf(table, batchKey(item), {
        set: { ...standing(item), batch: json(lasting) },
        onlyIf: [NO_BATCH_YET, LESS_PROGRESS].join(' OR '),
      });
    },

    async batchStatus(ref, change) {
      // A missing item has no progress to be less than, so nothing is written.
      await setIf(table, batchKey(ref), { set: standing(change), onlyIf: LESS_PROGRESS });
    },

    async batch(ref) {
      const item = await getItem(table, batchKey(ref));
      return item && batchOf(item);
    },

    async batches(route, { before, limit }) {
      const range: Range = { pk: batchesPk(route), order: 'descending', limit };
      if (before !== undefined) range.sk = { is: '<', than: batchSk(before) };
      return page(table, range, batchOf);
    },

    async batchesSince(route, { since, after, limit }) {
      const sk: Range['sk'] = after ? { is: '>', than: batchSk(after) } : { is: '>=', than: closedSk(since) };
      return page(table, { pk: batchesPk(route), order: 'ascending', limit, sk }, batchOf);
    },

    async unended(route) {
      const item = await getItem(table, unendedKey(route));
      return (
        item && { version: Number(item.version?.N), ...jsonOf<Omit<Unended, 'version'>>(item, 'unended') }
      );
    },

    keepUnended(route, { version, to, batches }) {
      return setIf(table, unendedKey(route), {
        set: { version: { N: String(version) }, unended: json({ to, batches }) },
        onlyIf: [NO_VERSION_YET, EARLIER_VERSION].join(' OR '),
      });
    },
  };
}

/** The partition's own text, for the sort keys that cannot hold it. */
function named(key: PartitionKey): Item {
  return { partition: json(key.partition) };
}

function partitionOf(route: string, item: Item): PartitionItem {
  const position = item.position === undefined ? null : jsonOf<PartitionPosition>(item, 'position');
  // What is settled counts for the epoch it was settled in, and for no other.
  const settled =
    position !== null && item.settledEpoch?.S === position.epoch ? item.settledTo?.N : undefined;
  return {
    route,
    partition: jsonOf<string>(item, 'partition'),
    position,
    settledTo: Number(settled ?? 0),
  };
}

/** How an execution stands: one number to compare and the whole as JSON. */
function standing({ status, redrives, endedAt, error, cause }: StatusChange): Item {
  return {
    progress: { N: String(progressOf({ status, redrives })) },
    standing: json({ status, redrives, endedAt, error, cause }),
  };
}

type Lasting = Omit<BatchItem, keyof StatusChange>;

function batchOf(item: Item): BatchItem {
  return { ...jsonOf<Lasting>(item, 'batch'), ...jsonOf<StatusChange>(item, 'standing') };
}

/** One more than the limit is asked for, to know whether there is more. */
async function page<Shown>(table: Table, range: Range, show: (item: Item) => Shown): Promise<Page<Shown>> {
  const found = await queryAll(table, { ...range, limit: range.limit + 1 });
  return { items: found.slice(0, range.limit).map(show), more: found.length > range.limit };
}
