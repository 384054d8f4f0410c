import type { Clock } from '../core/clock.ts';
import type { BatchItem, BatchRef, Projections, Unended } from '../projections/projections.ts';
import { inParallel } from './parallel.ts';
import { endInTime, type Running } from './reconcile-run.ts';

/** Batch items read at a time. */
const PAGE = 500;

/** Items of older batches that are read at the same time. */
const WIDTH = 8;

/**
 * A batch is looked at in every run until it closed this long ago (ms): more than a run takes, and the clocks of two
 * processes may differ.
 */
const LOOKED_AT_MS = 15 * 60_000;

/** So long (ms) after it closed, somebody may still count on every run to look at a batch. */
const SURELY_LOOKED_AT_MS = LOOKED_AT_MS / 3;

/** Nothing that a batch waits for keeps younger ones from being passed for longer (ms): two days. */
export const HORIZON_MS = 2 * 86_400_000;

/**
 * However long nobody looked, no more than the batches of this time are read (ms): two weeks. Except at a start, and where
 * the list is full, for then only reading finds those that it has no room for.
 */
const MISSED_MAX_MS = 14 * 86_400_000;

/** Older batches that are listed one by one. Beyond, all that closed since the next of them are read again. */
export const LISTED_MAX = 200;

/** Noting how far was looked costs a write; it is made when it spares the next runs as many items. */
const WORTH_A_WRITE = 20;

/** Many may be redriven at once, and each note goes on from the one before. The pause is a mean, and grows (ms). */
const NOTE_TRIES_MAX = 20;
const NOTE_PAUSE_MS = 50;

/** A route's batches as far as they matter to a run. Items tell which are known as started, without a search in the log. */
export interface RouteBatches {
  route: string;
  /** All that closed at or after this (ms) were read. */
  since: number;
  /** Those of them that have items, which show them as started. By {@link batchName}. */
  names: ReadonlySet<string>;
  /** When the run began (ms). */
  startedAt: number;
  /** When those closed that were read (ms), ascending. */
  closings: number[];
  /** Batches whose items show them as running, old ones too. */
  running: BatchItem[];
  kept: Unended | null;
}

/** What a run found out after it had read a route's batches. */
export interface Findings {
  /**
   * When the oldest batch closed that no item read had shown as started (ms): it may run by now. Infinity: all were;
   * negative infinity: it could not be found out.
   */
  oldest: number;
  /** Ids of batches that are not waited for any longer. */
  ended: ReadonlySet<string>;
}

/**
 * Reads what closed lately, and of what is older only batches that had not ended when they were passed. So a run costs
 * as much as happened lately, however many batches there are.
 */
export async function readRouteBatches(
  projections: Projections,
  route: string,
  run: Running,
): Promise<RouteBatches> {
  const { startedAt, atStart } = run;
  const kept = await projections.unended(route);
  const names = new Set<string>();
  const closings: number[] = [];
  const running: BatchItem[] = [];
  const since = firstOf(kept, startedAt, atStart);
  let after: BatchItem | undefined;
  for (let more = true; more; ) {
    const page = await projections.batchesSince(route, { since, limit: PAGE, ...(after && { after }) });
    for (const item of page.items) {
      names.add(batchName(item));
      closings.push(item.closedAt);
      if (item.status === 'running') running.push(item);
    }
    after = page.items.at(-1);
    more = page.more && after !== undefined;
    endInTime(run);
  }
  const older = kept?.batches.filter(({ closedAt }) => closedAt < since) ?? [];
  const found = await inParallel(older, WIDTH, (ref) => projections.batch({ route, ...ref }));
  running.unshift(...found.filter((item) => item !== null).filter(({ status }) => status === 'running'));
  return { route, startedAt, since, names, closings, running, kept };
}

function firstOf(kept: Unended | null, startedAt: number, atStart: boolean): number {
  if (kept === null) return atStart ? Number.NEGATIVE_INFINITY : startedAt - HORIZON_MS;
  // A clock that was ahead may have noted an instant that is still to come.
  const since = Math.min(kept.to, startedAt - LOOKED_AT_MS);
  // At a start there may be executions that nobody else begins again, however long ago the home was stopped.
  return atStart || kept.batches.length >= LISTED_MAX ? since : Math.max(startedAt - MISSED_MAX_MS, since);
}

/** Whether a batch closed so long ago that no later run comes to it by itself, started or not. */
export function isPassed({ startedAt }: RouteBatches, { closedAt }: Pick<BatchRef, 'closedAt'>): boolean {
  return closedAt < startedAt - HORIZON_MS;
}

/** Notes how far the next run need not look, where that spares it something. */
export async function keepUnended(
  projections: Projections,
  { route, startedAt, closings, running, kept }: RouteBatches,
  { oldest, ended }: Findings,
): Promise<void> {
  const horizon = startedAt - HORIZON_MS;
  const waiting = oldest === Number.NEGATIVE_INFINITY ? (kept?.to ?? oldest) : oldest;
  const passed = Math.max(horizon, Math.min(startedAt - LOOKED_AT_MS, waiting));
  const open = running
    .filter(({ id, closedAt }) => closedAt < passed && !ended.has(id))
    .sort((a, b) => a.closedAt - b.closedAt || (a.id < b.id ? -1 : 1))
    .map(({ closedAt, id }) => ({ closedAt, id }));
  const batches = open.slice(0, LISTED_MAX);
  const to = Math.min(passed, open[LISTED_MAX]?.closedAt ?? passed);
  const spared = closings.filter((at) => at < to).length;
  const worth =
    kept === null
      ? closings.length > 0
      : to < kept.to || spared >= WORTH_A_WRITE || !sameBatches(batches, kept.batches);
  // Where somebody else noted something meanwhile, theirs stands, and the next run reads as much again.
  if (worth) await projections.keepUnended(route, { version: (kept?.version ?? 0) + 1, to, batches });
}

/** Where nobody looked yet. */
const NOTHING_KEPT: Unended = { version: 0, to: 0, batches: [] };

/** Notes that a batch runs, though reconcile may have passed it. To be called when its item says so. */
export async function noteUnended(
  projections: Projections,
  clock: Clock,
  { route, closedAt, id }: BatchRef,
): Promise<void> {
  if (closedAt > clock.now() - SURELY_LOOKED_AT_MS) return;
  for (let tries = 1; tries <= NOTE_TRIES_MAX; tries += 1) {
    const kept = (await projections.unended(route)) ?? NOTHING_KEPT;
    const others = kept.batches.filter((batch) => batch.id !== id);
    const full = others.length >= LISTED_MAX;
    const next = full
      ? { to: Math.min(kept.to, closedAt), batches: others }
      : { to: kept.to, batches: [...others, { closedAt, id }] };
    // Also where it is listed: a run that has just seen it end would take it off the list.
    if (await projections.keepUnended(route, { version: kept.version + 1, ...next })) return;
    await clock.sleep(2 * NOTE_PAUSE_MS * tries * clock.random());
  }
  // Only if the report of its end is lost as well does anybody miss this note.
}

function sameBatches(a: Unended['batches'], b: Unended['batches']): boolean {
  return a.length === b.length && a.every(({ id }, index) => id === b[index]?.id);
}

/** One text per batch of a route. */
export function batchName({
  partition,
  epoch,
  seq,
}: {
  partition: string;
  epoch: string;
  seq: number;
}): string {
  return JSON.stringify([partition, epoch, seq]);
}
