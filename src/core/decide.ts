import { batchId, identityDigest } from './batch.ts';
import { dueOf } from './deadline.ts';
import type { ObjectEvent } from './event.ts';
import type { Policy } from './policy.ts';
import type {
  Batch,
  FlushReason,
  LogRecord,
  LogState,
  OpenWindow,
  PartitionKey,
  Reason,
  Tail,
} from './window.ts';

/** Batches that one record may close; keeps a record's effects and size bounded. */
export const CLOSED_MAX = 100;

export interface AppendDecision {
  kind: 'append';
  /** In arrival order, none of them in the log yet. */
  events: ObjectEvent[];
  /** For windows that open in this record. */
  policy: Policy;
  /** Names the log if this is its first record. */
  newEpoch: string;
}

export interface CloseDecision {
  kind: 'close';
  /** The one window that is meant. */
  window: { epoch: string; seq: number };
  cause: { kind: 'deadline' } | { kind: 'flush'; reason: FlushReason; flushId: string; who: string };
}

export type Decided =
  /** The next record. `taken` events of the command are in it; the rest need another record. */
  | { kind: 'record'; record: LogRecord; taken: number }
  /** The deadline has not been reached: come again at `at`. */
  | { kind: 'early'; at: number }
  /** That window is not open: closed before, of another epoch, or never there. */
  | { kind: 'settled' };

/**
 * The one decision of the product: what the next record of a partition's log says. Pure: the same tail, command
 * and `now` (ms, the committer's clock) always give the same record.
 */
export function decide(
  key: PartitionKey,
  tail: Tail | null,
  command: AppendDecision | CloseDecision,
  now: number,
): Decided {
  return command.kind === 'append'
    ? decideAppend(key, tail, command, now)
    : decideClose(key, tail, command, now);
}

/** A record in the making. Only this file sees it, so it may change in place. */
interface Draft {
  key: PartitionKey;
  seq: number;
  at: number;
  state: LogState;
  closed: Batch[];
  /** Whether a window opened in this record. */
  opened: boolean;
  /** The open window's latest event, if this record holds it. */
  latest: ObjectEvent | null;
}

function decideAppend(key: PartitionKey, tail: Tail | null, command: AppendDecision, now: number): Decided {
  const draft = draftAfter(key, tail, now, command.newEpoch);
  let taken = 0;
  for (const event of command.events) {
    // One event closes at most two windows: the overdue one before it and its own.
    if (draft.closed.length + 2 > CLOSED_MAX) break;
    addEvent(draft, event, command.policy, now);
    taken += 1;
  }
  const record = recordOf(draft, command.events.slice(0, taken));
  if (draft.opened) record.policy = command.policy;
  return { kind: 'record', record, taken };
}

function decideClose(key: PartitionKey, tail: Tail | null, command: CloseDecision, now: number): Decided {
  const window = tail?.state.window;
  const means = command.window;
  if (!window || tail.state.epoch !== means.epoch || tail.state.windowSeq !== means.seq)
    return { kind: 'settled' };

  const draft = draftAfter(key, tail, now, means.epoch);
  if (command.cause.kind === 'deadline') {
    const due = dueOf(window);
    if (now < due.at) return { kind: 'early', at: due.at };
    closeWindow(draft, window, due.reason);
  } else {
    const { reason, flushId, who } = command.cause;
    closeWindow(draft, window, reason, { flushId, who });
  }
  return { kind: 'record', record: recordOf(draft, []), taken: 0 };
}

function draftAfter(key: PartitionKey, tail: Tail | null, now: number, newEpoch: string): Draft {
  const state = tail?.state ?? { epoch: newEpoch, next: 0, watermark: 0, windowSeq: 1, window: null };
  return {
    key,
    seq: (tail?.seq ?? 0) + 1,
    at: Math.max(now, tail?.at ?? 0),
    state: { ...state, window: state.window && { ...state.window } },
    closed: [],
    opened: false,
    latest: null,
  };
}

function recordOf(draft: Draft, events: ObjectEvent[]): LogRecord {
  const { window } = draft.state;
  if (window && draft.latest) window.last = identityDigest(draft.latest);
  return { seq: draft.seq, at: draft.at, events, closed: draft.closed, state: draft.state };
}

function addEvent(draft: Draft, event: ObjectEvent, policy: Policy, now: number): void {
  const { state } = draft;
  // Held up to the watermark: a redelivered old event must not drag a window's opening, and so its deadline, into
  // the past, nor a reordered backlog cut a window at every step back.
  const arrival = Math.max(state.watermark, Math.min(event.arrival, now));
  state.watermark = arrival;

  if (state.window) closeBefore(draft, state.window, event, arrival);
  const window = state.window ?? openWindow(draft, event, arrival, policy);
  window.count += 1;
  window.bytes += event.size;
  window.lastAt = arrival;
  draft.latest = event;
  state.next += 1;

  const { count, bytes = Number.POSITIVE_INFINITY } = window.limits;
  if (window.count >= count) closeWindow(draft, window, 'count');
  else if (window.bytes >= bytes) closeWindow(draft, window, 'bytes');
}

/** Closes the open window if `event` came too late for it or would make it too large. */
function closeBefore(draft: Draft, window: OpenWindow, event: ObjectEvent, arrival: number): void {
  const due = dueOf(window);
  const { bytes = Number.POSITIVE_INFINITY } = window.limits;
  if (arrival > due.at) closeWindow(draft, window, due.reason);
  else if (window.bytes + event.size > bytes) closeWindow(draft, window, 'bytes');
}

function openWindow(draft: Draft, event: ObjectEvent, arrival: number, policy: Policy): OpenWindow {
  draft.opened = true;
  const first = identityDigest(event);
  const window: OpenWindow = {
    start: draft.state.next,
    firstRecord: draft.seq,
    openedAt: arrival,
    lastAt: arrival,
    count: 0,
    bytes: 0,
    limits: policy.limits,
    policyVersion: policy.version,
    first,
    last: first,
  };
  draft.state.window = window;
  return window;
}

function closeWindow(draft: Draft, window: OpenWindow, reason: Reason, by?: Batch['by']): void {
  const { state, key } = draft;
  const last = draft.latest ? identityDigest(draft.latest) : window.last;
  const range = { seq: state.windowSeq, from: window.start, to: state.next, first: window.first, last };
  draft.closed.push({
    id: batchId(key, state.epoch, range),
    seq: state.windowSeq,
    from: window.start,
    to: state.next,
    firstRecord: window.firstRecord,
    // While a window is open its latest event is in the tail, unless this very record holds it.
    lastRecord: draft.latest ? draft.seq : draft.seq - 1,
    reason,
    openedAt: window.openedAt,
    deadline: dueOf(window).at,
    closedAt: draft.at,
    count: window.count,
    bytes: window.bytes,
    policyVersion: window.policyVersion,
    ...(by && { by }),
  });
  state.windowSeq += 1;
  state.window = null;
  draft.latest = null;
}
