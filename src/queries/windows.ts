import { type Due, dueOf } from '../core/deadline.ts';
import type { OpenWindow, PartitionKey } from '../core/window.ts';
import type { PartitionItem } from '../projections/projections.ts';
import { inParallel } from '../service/parallel.ts';
import { registered } from '../service/registry.ts';
import { cursorOf, readCursor } from './cursor.ts';
import { type LastBatch, lastBatchOf } from './last-batch.ts';
import { knownRoutes } from './registry.ts';
import { factsOf, type Sources } from './sources.ts';
import { nextTicks, type Tick } from './ticks.ts';

export interface WindowsQuestion {
  route?: string | undefined;
  partition?: string | undefined;
  /** Text that the route or the partition contains, in any case. */
  search?: string | undefined;
  sort: WindowsSort;
  limit: number;
  cursor?: string | undefined;
}

/** Next to close first, fullest first, or oldest first. */
export type WindowsSort = 'deadline' | 'fill' | 'age';

export interface WindowsAnswer {
  now: number;
  windows: WindowFacts[];
  /** Open windows that match, on all pages, as the partition items have it. */
  total: number;
  nextCursor: string | null;
}

/** An open window as it stands in the log at this moment. */
export interface WindowFacts extends PartitionKey {
  seq: number;
  window: OpenWindow;
  due: Due;
  lastBatch: LastBatch | null;
  nextTicks: Tick[];
}

/** Tails read at a time: enough to hide latency, too few to starve the service. */
const READS_MAX = 32;

/** Ticks shown with a window, of each schedule. */
const TICKS = 3;

/**
 * Open windows, a page at a time. The partition items say where to look and, for `deadline` and `age`, in which
 * order; every number on the page is read from the log's tail. Sorting by `fill` reads the
 * tails of all windows that `sources.fill` has not heard of.
 * @throws CursorInvalidError
 */
export async function windows(sources: Sources, question: WindowsQuestion): Promise<WindowsAnswer> {
  const now = sources.clock.now();
  const candidates = await candidatesOf(sources, question);
  candidates.sort(byRank);
  const start = question.cursor === undefined ? 0 : startAfter(candidates, question.cursor);
  const ticks = ticksByRoute(sources, now);
  const found: WindowFacts[] = [];
  let at = start;
  // A window that closed since its item was written leaves a hole on the page; the next candidates fill it.
  while (found.length < question.limit && at < candidates.length) {
    const group = candidates.slice(at, at + question.limit - found.length);
    at += group.length;
    const facts = await inParallel(group, READS_MAX, ({ item }) => windowOf(sources, item, ticks));
    found.push(...facts.filter((each) => each !== null));
  }
  const last = candidates[at - 1];
  return {
    now,
    windows: found.sort(bySort(question.sort)),
    total: candidates.length,
    nextCursor: last && at < candidates.length ? cursorAt(last) : null,
  };
}

/** The open window of one partition as the log has it, or null when none is open. */
export async function windowOf(
  sources: Sources,
  item: PartitionItem,
  ticks: TicksOf,
): Promise<WindowFacts | null> {
  const { route, partition } = item;
  const tail = await sources.ports.log.tail({ route, partition });
  const window = tail?.state.window;
  if (!tail || !window) return null;
  return {
    route,
    partition,
    seq: tail.state.windowSeq,
    window,
    due: dueOf(window),
    lastBatch: await lastBatchOf(sources, item, tail.state),
    nextTicks: ticks(route),
  };
}

/** A route's next ticks. */
export type TicksOf = (route: string) => Tick[];

/** Reckons the ticks of each route once, however many of its windows are asked for: cron in a time zone is dear. */
export function ticksByRoute(sources: Sources, now: number): TicksOf {
  const known = new Map<string, Tick[]>();
  return (route) => {
    const ticks = known.get(route) ?? nextTicks(factsOf(sources, route), now, TICKS);
    known.set(route, ticks);
    return ticks;
  };
}

interface Candidate {
  item: PartitionItem;
  /** Ascending. */
  rank: number;
}

async function candidatesOf(sources: Sources, question: WindowsQuestion): Promise<Candidate[]> {
  const items = await openItems(sources, question);
  const { sort } = question;
  if (sort !== 'fill') return items.map((item) => ({ item, rank: rankOf(item, sort) }));
  return inParallel(items, READS_MAX, async (item) => ({ item, rank: -(await fillOfItem(sources, item)) }));
}

/** How full a window is, for its place in the list: as heard of, else as its log says. */
async function fillOfItem({ ports, fill }: Sources, item: PartitionItem): Promise<number> {
  const key = { route: item.route, partition: item.partition };
  const limits = item.position?.window?.limits;
  const heard = fill?.count(key);
  if (heard !== undefined && limits) return heard / limits.count;
  const window = (await ports.log.tail(key))?.state.window ?? null;
  fill?.learn(key, window?.count ?? 0);
  return fillOf(window);
}

/** Partition items that may have an open window: those that say so, and those not projected yet. */
async function openItems(sources: Sources, question: WindowsQuestion): Promise<PartitionItem[]> {
  const { route, partition } = question;
  if (route !== undefined && partition !== undefined) {
    const item = await sources.ports.projections.partition({ route, partition });
    return item ? [item] : [];
  }
  const routes = route === undefined ? await knownRoutes(sources) : [route];
  const search = question.search?.toLowerCase() ?? '';
  const open: PartitionItem[] = [];
  for (const name of routes)
    for await (const item of registered(sources.ports.projections, name)) {
      if (item.position && !item.position.window) continue;
      if (partition !== undefined && item.partition !== partition) continue;
      if (`${item.route}\n${item.partition}`.toLowerCase().includes(search)) open.push(item);
    }
  return open;
}

function rankOf({ position }: PartitionItem, sort: 'deadline' | 'age'): number {
  // Not projected yet: opened a moment ago, or about to.
  if (!position?.window) return 0;
  return sort === 'age' ? position.window.openedAt : position.window.deadline;
}

function fillOf(window: OpenWindow | null): number {
  return window ? window.count / window.limits.count : 0;
}

function bySort(sort: WindowsSort): (a: WindowFacts, b: WindowFacts) => number {
  const rank = {
    deadline: (each: WindowFacts) => each.due.at,
    age: (each: WindowFacts) => each.window.openedAt,
    fill: (each: WindowFacts) => -fillOf(each.window),
  }[sort];
  return (a, b) => rank(a) - rank(b) || compareKeys(a, b);
}

function byRank(a: Candidate, b: Candidate): number {
  return a.rank - b.rank || compareKeys(a.item, b.item);
}

function compareKeys(a: PartitionKey, b: PartitionKey): number {
  if (a.route !== b.route) return a.route < b.route ? -1 : 1;
  if (a.partition === b.partition) return 0;
  return a.partition < b.partition ? -1 : 1;
}

function cursorAt({ rank, item }: Candidate): string {
  return cursorOf(rank, item.route, item.partition);
}

function startAfter(candidates: Candidate[], cursor: string): number {
  const { rank, texts } = readCursor(cursor, 2);
  const [route = '', partition = ''] = texts;
  const next = candidates.findIndex(
    (each) => each.rank > rank || (each.rank === rank && compareKeys(each.item, { route, partition }) > 0),
  );
  return next === -1 ? candidates.length : next;
}
