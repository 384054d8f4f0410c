import type { PartitionKey } from '../core/window.ts';
import { compareKeyText, partitionSk } from '../table/layout.ts';
import type { PartitionItem, PartitionPosition, Projections } from './projections.ts';

/** Partition items remembered unless told otherwise, about 0.7 KB each. */
const PARTITIONS_MAX = 50_000;

/** Partition items read at once. */
const PAGE = 1000;

/** A partition item, and what its settled batches belong to, which an item of another epoch does not show. */
interface Entry {
  item: PartitionItem;
  settled: { epoch: string; to: number } | null;
}

interface Route {
  entries: Map<string, Entry>;
  /** The sort keys of all entries, ascending. */
  order: string[];
  /** Resolves when everything that was in the table is here. */
  whole: Promise<void>;
}

/**
 * Projections that remember the partition items of a route from the first time that they are listed on: a list of ten
 * thousand takes 300 ms to read, and is asked for by most questions, by flushes and by reconcile.
 *
 * Only for a home where every write passes through this object. Writes go to the table first and only forward, so it does
 * not matter in which order the table's items and those written meanwhile come in. After a write that failed, and may
 * have been done all the same, the route's items are read anew. Beyond a number of items nothing is remembered.
 */
export function rememberedProjections(kept: Projections, partitionsMax = PARTITIONS_MAX): Projections {
  const routes = rememberedRoutes(kept, partitionsMax);

  async function written(key: PartitionKey, write: Promise<void>, news: Partial<News> = {}): Promise<void> {
    try {
      await write;
    } catch (error) {
      routes.forget(key.route);
      throw error;
    }
    const route = routes.known(key.route);
    const { position = null, settled = null } = news;
    if (route) routes.note(route, { route: key.route, partition: key.partition }, { position, settled });
  }

  return {
    ...kept,
    register: (key) => written(key, kept.register(key)),
    advance: (key, position) => written(key, kept.advance(key, position), { position }),
    settle: (key, epoch, to) => written(key, kept.settle(key, epoch, to), { settled: { epoch, to } }),

    async partition(key) {
      const route = routes.known(key.route) ? await routes.read(key.route) : null;
      return route ? (route.entries.get(partitionSk(key.partition))?.item ?? null) : kept.partition(key);
    },

    async partitions(name, page) {
      const route = await routes.read(name);
      if (!route) return kept.partitions(name, page);
      const start = page.after === undefined ? 0 : placeBehind(route.order, partitionSk(page.after));
      const items = route.order
        .slice(start, start + page.limit)
        .flatMap((sk) => route.entries.get(sk)?.item ?? []);
      return { items, more: start + page.limit < route.order.length };
    },
  };
}

/** What a write or the table says of a partition. */
interface News {
  position: PartitionPosition | null;
  settled: Entry['settled'];
}

function rememberedRoutes(kept: Projections, partitionsMax: number) {
  const routes = new Map<string, Route>();
  const share = sharing();
  let tooMany = false;

  function begin(name: string): Route {
    const route: Route = { entries: new Map(), order: [], whole: Promise.resolve() };
    route.whole = readAll(name, route);
    routes.set(name, route);
    route.whole.catch(() => routes.get(name) === route && routes.delete(name));
    return route;
  }

  async function readAll(name: string, route: Route): Promise<void> {
    let after: string | undefined;
    for (let more = true; more && !tooMany; ) {
      const page = await kept.partitions(name, { limit: PAGE, ...(after !== undefined && { after }) });
      for (const { position, settledTo, ...key } of page.items) {
        note(route, key, { position, settled: position && { epoch: position.epoch, to: settledTo } });
      }
      after = page.items.at(-1)?.partition;
      more = page.more && after !== undefined;
    }
  }

  /** Takes in what is news. */
  function note(route: Route, key: PartitionKey, { position, settled }: News): void {
    const sk = partitionSk(key.partition);
    const before = route.entries.get(sk) ?? { item: { ...key, position: null, settledTo: 0 }, settled: null };
    const entry = merged(before, { position: position && share(position), settled });
    if (!route.entries.has(sk)) insert(route, sk);
    route.entries.set(sk, entry);
  }

  function insert({ order }: Route, sk: string): void {
    order.splice(placeBehind(order, sk), 0, sk);
    let remembered = 0;
    for (const route of routes.values()) remembered += route.order.length;
    if (remembered <= partitionsMax) return;
    tooMany = true;
    routes.clear();
  }

  return {
    /** A route with all its items; null where there are too many to remember. */
    async read(name: string): Promise<Route | null> {
      if (tooMany) return null;
      const route = routes.get(name) ?? begin(name);
      await route.whole;
      return tooMany ? null : route;
    },
    known: (name: string) => routes.get(name),
    forget: (name: string) => routes.delete(name),
    note,
  };
}

/** The larger position and the larger settled seq, whichever came first. Items are replaced, never changed. */
function merged(before: Entry, { position, settled }: News): Entry {
  const shown = isAhead(position, before.item.position) ? position : before.item.position;
  const latest = isFurther(settled, before.settled) ? settled : before.settled;
  const settledTo = latest !== null && latest.epoch === shown?.epoch ? latest.to : 0;
  return { item: { ...before.item, position: shown, settledTo }, settled: latest };
}

function isFurther(a: Entry['settled'], b: Entry['settled']): boolean {
  if (a === null || b === null) return a !== null;
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.to > b.to);
}

function isAhead(a: PartitionPosition | null, b: PartitionPosition | null): boolean {
  if (a === null || b === null) return a !== null;
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.record > b.record);
}

/** Where the first key lies that is larger. */
function placeBehind(order: readonly string[], sk: string): number {
  let low = 0;
  let high = order.length;
  // Most come in order: the last one is looked at first.
  const last = order.at(-1);
  if (last === undefined || compareKeyText(last, sk) <= 0) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareKeyText(order[middle] ?? '', sk) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Windows of one policy have the same limits: they are kept once, not for each of them. */
function sharing(): (position: PartitionPosition) => PartitionPosition {
  let last: PartitionPosition['window'] = null;
  return (position) => {
    const { window } = position;
    if (window === null) return position;
    const same =
      last?.policyVersion === window.policyVersion &&
      JSON.stringify(last.limits) === JSON.stringify(window.limits);
    if (!same || last === null) last = window;
    const { limits, policyVersion } = last;
    return { ...position, window: { ...window, limits, policyVersion } };
  };
}
