import type { Reason } from '../core/window.ts';
import type { BatchItem, BatchRef, ExecutionStatus } from '../projections/projections.ts';
import { cursorOf, readCursor } from './cursor.ts';
import { knownRoutes } from './registry.ts';
import type { Sources } from './sources.ts';

export interface BatchesQuestion {
  route?: string | undefined;
  partition?: string | undefined;
  reasons?: Reason[] | undefined;
  /** `closed` matches nothing here: a batch gets its item when its execution starts. */
  statuses?: (ExecutionStatus | 'closed')[] | undefined;
  /** Closed at this instant or later (ms). */
  since?: number | undefined;
  /** Closed before this instant (ms). */
  until?: number | undefined;
  limit: number;
  cursor?: string | undefined;
}

export interface BatchesAnswer {
  batches: BatchItem[];
  /** Set also when the page is short because few batches match: what follows was not looked at yet. */
  nextCursor: string | null;
}

/** Batch items that one page looks at before it is handed over as it is. */
const LOOKED_AT_MAX = 5_000;

/** Batch items of a route read at a time. */
const PAGE = 100;

/**
 * Batches whose execution was started, newest first by closing time, a page at a time.
 * @throws CursorInvalidError
 */
export async function batches(sources: Sources, question: BatchesQuestion): Promise<BatchesAnswer> {
  const routes = question.route === undefined ? await knownRoutes(sources) : [question.route];
  const newest = newestFirst(sources, routes, startOf(question));
  const found: BatchItem[] = [];
  let lookedAt = 0;
  let last: BatchItem | undefined;
  for await (const item of newest) {
    // One more than the page holds was read: now it is known that another page follows.
    if (last && (found.length === question.limit || lookedAt === LOOKED_AT_MAX))
      return { batches: found, nextCursor: cursorOf(last.closedAt, last.id) };
    if (question.since !== undefined && item.closedAt < question.since) break;
    if (matches(item, question)) found.push(item);
    lookedAt += 1;
    last = item;
  }
  return { batches: found, nextCursor: null };
}

type Place = Pick<BatchRef, 'closedAt' | 'id'>;

function startOf({ cursor, until }: BatchesQuestion): Place | undefined {
  if (cursor !== undefined) {
    const { rank, texts } = readCursor(cursor, 1);
    return { closedAt: inRange(rank), id: texts[0] ?? '' };
  }
  return until === undefined ? undefined : { closedAt: inRange(until), id: '' };
}

/** An instant that a sort key can hold: 15 digits. */
function inRange(at: number): number {
  return Math.min(Math.max(Math.ceil(at), 0), 999_999_999_999_999);
}

function matches(item: BatchItem, question: BatchesQuestion): boolean {
  if (question.partition !== undefined && item.partition !== question.partition) return false;
  if (question.reasons && !question.reasons.includes(item.reason)) return false;
  return !question.statuses || question.statuses.includes(item.status);
}

/** The batches of several routes as one list: always the newest of those at the front of each route's list. */
async function* newestFirst(
  sources: Sources,
  routes: string[],
  before: Place | undefined,
): AsyncGenerator<BatchItem> {
  const lists = routes.map((route) => routeBatches(sources, route, before));
  const fronts = await Promise.all(lists.map((list) => list.next()));
  for (;;) {
    let newest = -1;
    for (const [index, front] of fronts.entries()) {
      const best = fronts[newest];
      if (front.done) continue;
      if (!best || best.done || isNewer(front.value, best.value)) newest = index;
    }
    const front = fronts[newest];
    const list = lists[newest];
    if (!front || front.done || !list) return;
    yield front.value;
    fronts[newest] = await list.next();
  }
}

async function* routeBatches(
  sources: Sources,
  route: string,
  start: Place | undefined,
): AsyncGenerator<BatchItem, undefined> {
  let before = start;
  for (;;) {
    const page = await sources.ports.projections.batches(route, { ...(before && { before }), limit: PAGE });
    yield* page.items;
    before = page.items.at(-1);
    if (!page.more || !before) return;
  }
}

function isNewer(a: Place, b: Place): boolean {
  return a.closedAt === b.closedAt ? a.id > b.id : a.closedAt > b.closedAt;
}
