import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { TraceEntry, TraceKind } from './executions.ts';
import { TRACE_TEXT_MAX } from './trace.ts';

/** Where an event of a history belongs. Each event has one, inherited from the event before it. */
interface Frame {
  /** Path of the Map item or Parallel state that surrounds the state; `''` at the top. */
  path: string;
  state: string;
  type: string;
  /** Attempts of the state so far. */
  attempt: number;
  /** Whether the last attempt, or the state as a whole, failed. */
  failed: boolean;
  left: boolean;
  /** The Map or Parallel state around. */
  outer: Frame | null;
}

const TOP: Frame = { path: '', state: '', type: '', attempt: 0, failed: false, left: true, outer: null };

/** Endings of event types that tell of a failed attempt, whatever kind of Task it was. */
const ATTEMPT_FAILED =
  /^(LambdaFunction|Task|Activity)(Failed|TimedOut|ScheduleFailed|StartFailed|SubmitFailed)$/;
const ATTEMPT_SCHEDULED = /^(LambdaFunction|Task|Activity)Scheduled$/;

/**
 * Reads a history of GetExecutionHistory, oldest event first, into the trace that both engines share. What happened
 * inside which item or branch follows from `previousEventId`, so every event must be given, in order.
 *
 * Returns the entries that one event makes: none for those of no interest, two where a state was left through a Catch.
 */
export function historyReader(): (event: HistoryEvent) => TraceEntry[] {
  const frames = new Map<number, Frame>([[0, TOP]]);
  return (event) => {
    const before = frames.get(event.previousEventId ?? 0) ?? TOP;
    const { frame, entries } = read(event, before);
    frames.set(event.id ?? 0, frame);
    return entries;
  };
}

interface Read {
  frame: Frame;
  entries: TraceEntry[];
}

function read(event: HistoryEvent, before: Frame): Read {
  const type = event.type ?? '';
  const at = event.timestamp?.getTime() ?? 0;
  if (type.startsWith('Execution')) return { frame: before, entries: executionEntries(event, type, at) };
  if (type.endsWith('StateEntered')) return entered(event, before, type.slice(0, -'StateEntered'.length), at);
  if (type.endsWith('StateExited')) return exited(event, before, at);
  if (type.startsWith('MapIteration')) return item(event, before, type, at);
  if (ATTEMPT_SCHEDULED.test(type)) return scheduled(before, at);
  if (ATTEMPT_FAILED.test(type)) return attemptFailed(event, before, type, at);
  if (type === 'MapStateStarted') return scheduled(before, at);
  if (type === 'ParallelStateStarted') {
    const { frame, entries } = scheduled(before, at);
    return { frame: { ...TOP, path: joined(frame.path, frame.state), outer: frame }, entries };
  }
  const whole = /^(Map|Parallel)State(Succeeded|Failed|Aborted)$/.exec(type);
  if (whole) return { frame: endOf(before, whole[1] ?? '', whole[2] !== 'Succeeded'), entries: [] };
  return { frame: before, entries: [] };
}

/** A Map or Parallel state ended: its own frame, seen from the last event inside. */
function endOf(before: Frame, type: string, failed: boolean): Frame {
  // One inside that has ended, too, is not the one that ends now.
  const isOwn = before.type === type && !before.left && !before.failed;
  return { ...(isOwn ? before : (before.outer ?? before)), failed };
}

function executionEntries(event: HistoryEvent, type: string, at: number): TraceEntry[] {
  const top = (kind: TraceKind) => ({ at, kind, path: '', state: '', type: '' });
  switch (type) {
    case 'ExecutionStarted':
      return [{ ...top('started'), ...text('input', event.executionStartedEventDetails?.input) }];
    case 'ExecutionRedriven':
      return [top('started')];
    case 'ExecutionSucceeded':
      return [{ ...top('succeeded'), ...text('output', event.executionSucceededEventDetails?.output) }];
    case 'ExecutionFailed':
    case 'ExecutionAborted':
    case 'ExecutionTimedOut': {
      const timedOut = type === 'ExecutionTimedOut' ? { error: 'States.Timeout' } : {};
      return [{ ...top('execution-failed'), ...timedOut, ...problemOf(event) }];
    }
    default:
      return [];
  }
}

function entered(event: HistoryEvent, before: Frame, type: string, at: number): Read {
  const { name: state = '', input } = event.stateEnteredEventDetails ?? {};
  const { path, outer } = before;
  const frame = { path, state, type, attempt: 0, failed: false, left: false, outer };
  return { frame, entries: [{ at, kind: 'entered', path, state, type, ...text('input', input) }] };
}

function exited(event: HistoryEvent, before: Frame, at: number): Read {
  const { name = '', output } = event.stateExitedEventDetails ?? {};
  const own = surrounding(before, name) ?? before;
  const { path, type, failed, outer } = own;
  const base = { at, path, state: name, type };
  const entries: TraceEntry[] = failed ? [{ ...base, kind: 'caught' }] : [];
  entries.push({ ...base, kind: 'exited', ...text('output', output) });
  return { frame: { ...own, failed: false, left: true, outer }, entries };
}

const ITEM_KINDS: Record<string, TraceKind> = {
  MapIterationStarted: 'item-started',
  MapIterationSucceeded: 'item-succeeded',
  MapIterationFailed: 'item-failed',
  MapIterationAborted: 'item-failed',
};

function item(event: HistoryEvent, before: Frame, type: string, at: number): Read {
  const details =
    event.mapIterationStartedEventDetails ??
    event.mapIterationSucceededEventDetails ??
    event.mapIterationFailedEventDetails ??
    event.mapIterationAbortedEventDetails;
  const { name = '', index = 0 } = details ?? {};
  const map = surrounding(before, name) ?? before;
  const path = joined(map.path, `${name}[${index}]`);
  const kind = ITEM_KINDS[type];
  const frame = type === 'MapIterationStarted' ? { ...TOP, path, outer: map } : map;
  return { frame, entries: kind ? [{ at, kind, path, state: name, type: 'Map' }] : [] };
}

/** A new attempt of a state that failed before is a retry; of one that was just entered it is not worth an entry. */
function scheduled(before: Frame, at: number): Read {
  const attempt = before.attempt + 1;
  const { path, state, type } = before;
  const entries: TraceEntry[] = before.failed ? [{ at, kind: 'retried', path, state, type, attempt }] : [];
  return { frame: { ...before, attempt, failed: false }, entries };
}

function attemptFailed(event: HistoryEvent, before: Frame, kind: string, at: number): Read {
  const { path, state, type } = before;
  // One that could not even be scheduled has had no Scheduled event.
  const attempt = Math.max(before.attempt, 1);
  const timedOut = kind.endsWith('TimedOut') ? { error: 'States.Timeout' } : {};
  const entry: TraceEntry = {
    at,
    kind: 'failed',
    path,
    state,
    type,
    attempt,
    ...timedOut,
    ...problemOf(event),
  };
  return { frame: { ...before, attempt, failed: true }, entries: [entry] };
}

/** The nearest state by this name, from the event's own frame outwards. */
function surrounding(frame: Frame, name: string): Frame | null {
  for (let here: Frame | null = frame; here !== null; here = here.outer) {
    if (here.state === name && !here.left) return here;
  }
  return null;
}

/** Every kind of failure has details of its own with the same two fields. */
function problemOf(event: HistoryEvent): { error?: string; cause?: string } {
  for (const [name, details] of Object.entries(event)) {
    if (!/(Failed|TimedOut|Aborted)EventDetails$/.test(name) || typeof details !== 'object') continue;
    const { error, cause } = details as { error?: string; cause?: string };
    return {
      ...(error !== undefined && { error }),
      ...(cause !== undefined && { cause: cause.slice(0, TRACE_TEXT_MAX) }),
    };
  }
  return {};
}

function text(field: 'input' | 'output', value: string | undefined): { input?: string; output?: string } {
  if (value === undefined) return {};
  return { [field]: value.length > TRACE_TEXT_MAX ? `${value.slice(0, TRACE_TEXT_MAX)}…` : value };
}

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}/${name}`;
}
