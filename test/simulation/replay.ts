import type { ObjectEvent } from '../../src/core/event.ts';
import type { Limits } from '../../src/core/policy.ts';
import type { Batch, LogRecord } from '../../src/core/window.ts';
import { writeName } from './ledger.ts';

/** What the log says after a record, worked out anew from the words of the design. */
export interface Replayed {
  next: number;
  watermark: number;
  windowSeq: number;
  window: ReplayedWindow | null;
}

interface ReplayedWindow {
  start: number;
  firstRecord: number;
  lastRecord: number;
  openedAt: number;
  lastAt: number;
  count: number;
  bytes: number;
  limits: Limits;
  policyVersion: string;
  first: string;
  last: string;
}

export const NOTHING: Replayed = { next: 0, watermark: 0, windowSeq: 1, window: null };

/**
 * Works out the state after a record, given the committer's `now`, and what the record says that it should not.
 * Every closing must be one that the rules call for at that point, and none that they call for may be missing.
 */
export function replay(
  before: Replayed,
  record: LogRecord,
  now: number,
): { after: Replayed; problems: string[] } {
  const problems: string[] = [];
  const state: Replayed = { ...before, window: before.window && { ...before.window } };
  const closings = [...record.closed];

  function close(reason: string | null): void {
    const { window } = state;
    const batch = closings.shift();
    if (!window || !batch) {
      problems.push(`window ${state.windowSeq} did not close by ${reason} at offset ${state.next}`);
    } else {
      const expected = closedAs(window, state, record.at);
      for (const [field, value] of Object.entries(expected)) {
        const found = batch[field as keyof Batch];
        if (found !== value)
          problems.push(`batch ${batch.seq} has ${field} ${String(found)} instead of ${String(value)}`);
      }
      if (reason !== null && batch.reason !== reason)
        problems.push(`batch ${batch.seq} closed by ${batch.reason} instead of ${reason}`);
      if (reason !== null && batch.by) problems.push(`batch ${batch.seq} closed by ${reason} and by a flush`);
    }
    state.windowSeq += 1;
    state.window = null;
  }

  for (const event of record.events) {
    const arrival = Math.max(state.watermark, Math.min(event.arrival, now));
    state.watermark = arrival;
    const reason = state.window && closesBefore(state.window, event, arrival);
    if (reason) close(reason);
    if (!state.window && !record.policy) problems.push(`a window opened at ${state.next} without a policy`);
    const window = state.window ?? opened(state, record, event, arrival);
    state.window = window;
    window.count += 1;
    window.bytes += event.size;
    window.lastAt = arrival;
    window.last = writeName(event);
    window.lastRecord = record.seq;
    state.next += 1;
    if (window.count >= window.limits.count) close('count');
    else if (window.limits.bytes !== undefined && window.bytes >= window.limits.bytes) close('bytes');
  }
  const asked = closings[0];
  if (asked && state.window) {
    const due = dueAt(state.window);
    if (asked.by) close(null);
    else if (now < due.at) problems.push(`batch ${asked.seq} closed ${due.at - now} ms before its deadline`);
    else close(due.reason);
  }
  for (const batch of closings)
    problems.push(`batch ${batch.seq} closed by ${batch.reason}, which nothing called for`);
  return { after: state, problems };
}

/** The window's deadline: time limit, or quiet period where that ends sooner. */
export function dueAt({ openedAt, lastAt, limits }: { openedAt: number; lastAt: number; limits: Limits }) {
  const byTime = { at: openedAt + limits.windowMs, reason: 'time' };
  const byQuiet = { at: lastAt + (limits.quietMs ?? Number.POSITIVE_INFINITY), reason: 'quiet' };
  return byQuiet.at < byTime.at ? byQuiet : byTime;
}

function closesBefore(window: ReplayedWindow, event: ObjectEvent, arrival: number): string | null {
  const due = dueAt(window);
  if (arrival > due.at) return due.reason;
  return window.bytes + event.size > (window.limits.bytes ?? Number.POSITIVE_INFINITY) ? 'bytes' : null;
}

function opened(state: Replayed, record: LogRecord, event: ObjectEvent, arrival: number): ReplayedWindow {
  return {
    start: state.next,
    firstRecord: record.seq,
    lastRecord: record.seq,
    openedAt: arrival,
    lastAt: arrival,
    count: 0,
    bytes: 0,
    limits: record.policy?.limits ?? { count: Number.NaN, windowMs: Number.NaN },
    policyVersion: record.policy?.version ?? '',
    first: writeName(event),
    last: writeName(event),
  };
}

function closedAs(window: ReplayedWindow, state: Replayed, at: number): Partial<Batch> {
  const { start: from, openedAt, count, bytes, policyVersion, firstRecord, lastRecord } = window;
  return {
    seq: state.windowSeq,
    from,
    to: state.next,
    firstRecord,
    lastRecord,
    openedAt,
    deadline: dueAt(window).at,
    closedAt: at,
    count,
    bytes,
    policyVersion,
  };
}
