import type { LogState } from '../core/window.ts';
import { cronFlushId } from '../cron/cron.ts';
import type { PartitionItem } from '../projections/projections.ts';
import { registered } from '../service/registry.ts';
import { type LastBatch, lastBatchOf } from './last-batch.ts';
import { nearestNames } from './nearest.ts';
import { knownRoutes } from './registry.ts';
import { factsOf, hasPartitions, type RouteFacts, type ScheduleFacts, type Sources } from './sources.ts';
import { localTime, nextTicks, type Tick } from './ticks.ts';
import { ticksByRoute, type WindowFacts, windowOf, windows } from './windows.ts';

/** All that "why has it not closed?" is answered from, as of `now`. */
export interface WhyFacts {
  now: number;
  route: string;
  /** As asked for, or `''` for a plain route; absent when a route with partitions was asked for as a whole. */
  partition?: string;
  /** Null when the route is not configured. */
  configured: RouteFacts | null;
  /** Routes that were perhaps meant, where this one was never heard of. */
  nearestRoutes?: string[];
  /** A route asked for as a whole: how many partitions and open windows it has, and those that close next. */
  whole?: { partitions: number; open: number; next: WindowFacts[] };
  /** Registered partitions that were perhaps meant, where this one is not registered. */
  nearestPartitions?: string[];
  /** The one partition that was asked for. */
  state?: LogState;
  window?: WindowFacts;
  lastBatch: LastBatch | null;
  ticks: TickFacts[];
  reconcileEveryMs: number;
}

/** One schedule of the route, for one partition. */
export interface TickFacts {
  next: Tick | null;
  /** The tick before now, and what it did here; null when it lies before the window opened or left no trace. */
  previous: { at: number; local: string; minEvents: number; outcome: TickOutcome; count: number } | null;
}

export type TickOutcome = 'closed' | 'empty' | 'below-minimum';

/** Gathers the facts. Reads a handful of items for one partition; the partition items of the route otherwise. */
export async function whyFacts(
  sources: Sources,
  route: string,
  asked: string | undefined,
): Promise<WhyFacts> {
  const now = sources.clock.now();
  const configured = factsOf(sources, route);
  const base = {
    now,
    route,
    configured,
    lastBatch: null,
    ticks: [],
    reconcileEveryMs: sources.reconcileEveryMs,
  };
  const known = await knownRoutes(sources);
  if (!known.includes(route)) return { ...base, nearestRoutes: nearestNames(route, known) };

  const plain = configured ? !hasPartitions(configured) : await onlyPlain(sources, route);
  const partition = asked ?? (plain ? '' : undefined);
  if (partition === undefined) return { ...base, whole: await wholeRoute(sources, route) };

  const item = await sources.ports.projections.partition({ route, partition });
  if (!item) {
    if (plain && partition === '') return { ...base, partition };
    return { ...base, partition, nearestPartitions: await nearestPartitions(sources, route, partition) };
  }
  return { ...base, partition, ...(await partitionFacts(sources, configured, item, now)) };
}

async function partitionFacts(
  sources: Sources,
  configured: RouteFacts | null,
  item: PartitionItem,
  now: number,
): Promise<Pick<WhyFacts, 'state' | 'window' | 'lastBatch' | 'ticks'>> {
  const { route, partition } = item;
  const tail = await sources.ports.log.tail({ route, partition });
  if (!tail) return { lastBatch: null, ticks: [] };
  const [window, lastBatch, ticks] = await Promise.all([
    windowOf(sources, item, ticksByRoute(sources, now)),
    lastBatchOf(sources, item, tail.state),
    Promise.all(
      (configured?.schedules ?? []).map((schedule, index) => tickFacts(sources, item, schedule, index, now)),
    ),
  ]);
  const next = nextTicks(configured, now, 1);
  const complete = ticks.map((previous, index) => ({
    previous,
    next: next.find((tick) => tick.schedule === index) ?? null,
  }));
  return { state: tail.state, ...(window && { window }), lastBatch, ticks: complete };
}

/** What the last tick of a schedule did in a partition. Its flush is named by route, schedule and scheduled time. */
async function tickFacts(
  sources: Sources,
  { route, partition }: PartitionItem,
  schedule: ScheduleFacts,
  index: number,
  now: number,
): Promise<TickFacts['previous']> {
  const at = schedule.previous(now);
  if (at === null) return null;
  const pins = await sources.ports.flushes.pins(cronFlushId(route, index, at));
  const pin = pins.find((each) => each.route === route && each.partition === partition);
  if (!pin) return null;
  const outcome = pin.skipped?.why ?? 'closed';
  const count = pin.window?.count ?? pin.skipped?.count ?? 0;
  const { minEvents, timezone } = schedule;
  return { at, local: localTime(at, timezone), minEvents, outcome, count };
}

async function wholeRoute(sources: Sources, route: string): Promise<NonNullable<WhyFacts['whole']>> {
  let partitions = 0;
  for await (const _ of registered(sources.ports.projections, route)) partitions += 1;
  const next = await windows(sources, { route, sort: 'deadline', limit: 3 });
  return { partitions, open: next.total, next: next.windows };
}

/** Whether a route that is not configured any more was a plain one: then its one partition is `''`. */
async function onlyPlain(sources: Sources, route: string): Promise<boolean> {
  const { items, more } = await sources.ports.projections.partitions(route, { limit: 1 });
  return !more && items[0]?.partition === '';
}

async function nearestPartitions(sources: Sources, route: string, partition: string): Promise<string[]> {
  const names: string[] = [];
  for await (const item of registered(sources.ports.projections, route)) names.push(item.partition);
  return nearestNames(partition, names);
}
