import type { StateMachine } from 'aws-local-stepfunctions';
import { type Definition, statesOf } from './definition.ts';
import type { TraceEntry, TraceKind } from './executions.ts';

/** What the interpreter says while it runs. */
export type InterpreterEvent =
  ReturnType<StateMachine['run']>['eventLogs'] extends AsyncGenerator<infer Event> ? Event : never;

/** Entries kept of one execution. Step Functions keeps 25,000 events; 100 units come to about 725 entries. */
export const TRACE_ENTRIES_MAX = 5_000;
/** Characters kept of an input or an output. */
export const TRACE_TEXT_MAX = 8_192;
/** Characters of all inputs and outputs together; later ones are left out, their entries are not. */
export const TRACE_TEXTS_MAX = 4_000_000;

/** The trace of one execution while it grows. */
export interface Trace {
  add(event: InterpreterEvent): void;
  /** In order of (time, arrival): an item's last events may arrive after the end of its Map. */
  entries(): TraceEntry[];
  dropped(): number;
}

/**
 * Turns the interpreter's events into the shape that both engines share, capped.
 *
 * @param overflow called with the state's name and the size when a state's input or output exceeds `bytesMax`
 */
export function growingTrace(
  definition: Definition,
  limit: { bytesMax: number; overflow: (state: string, bytes: number) => void },
): Trace {
  const read = traceReader(definition);
  const kept: TraceEntry[] = [];
  let dropped = 0;
  let room = TRACE_TEXTS_MAX;

  function text(state: string, value: unknown): string {
    const json = JSON.stringify(value) ?? 'null';
    const bytes = Buffer.byteLength(json);
    if (bytes > limit.bytesMax) limit.overflow(state, bytes);
    const capped = json.length > TRACE_TEXT_MAX ? `${json.slice(0, TRACE_TEXT_MAX)}…` : json;
    if (capped.length > room) return '';
    room -= capped.length;
    return capped;
  }

  return {
    add(event) {
      const entry = read(event, text);
      if (!entry) return;
      // The end of an execution is kept at any length: without it a page could not tell how it ended.
      const isEnd = entry.kind === 'succeeded' || entry.kind === 'execution-failed';
      if (kept.length < TRACE_ENTRIES_MAX || isEnd) kept.push(entry);
      else dropped += 1;
    },
    entries: () => kept.toSorted((a, b) => a.at - b.at),
    dropped: () => dropped,
  };
}

type TextOf = (state: string, value: unknown) => string;

function traceReader(definition: Definition) {
  const places = new Map([...statesOf(definition)].map((placed) => [placed.name, placed.inside]));
  const attempts = new Map<string, number>();

  function pathOf(state: string, index: number | undefined): string {
    return (places.get(state) ?? [])
      .map(({ name, type }, depth) => (type === 'Map' && depth === 0 ? `${name}[${index}]` : name))
      .join('/');
  }

  return (event: InterpreterEvent, text: TextOf): TraceEntry | null => {
    const at = event.timestamp;
    switch (event.type) {
      case 'ExecutionStarted':
        return withText({ ...top(at, 'started') }, { input: text('', event.input) });
      case 'ExecutionSucceeded':
        return withText({ ...top(at, 'succeeded') }, { output: text('', event.output) });
      case 'ExecutionFailed':
        return { ...top(at, 'execution-failed'), ...problemOf(event) };
      case 'ExecutionAborted':
        return top(at, 'execution-failed');
      case 'ExecutionTimeout':
        return { ...top(at, 'execution-failed'), error: 'States.Timeout' };
      case 'MapIterationStarted':
      case 'MapIterationSucceeded':
      case 'MapIterationFailed': {
        const { name, type } = event.parentState;
        const outer = pathOf(name, event.index);
        const path = outer === '' ? `${name}[${event.index}]` : `${outer}/${name}`;
        const entry = { at, kind: ITEM_KINDS[event.type], path, state: name, type };
        return event.type === 'MapIterationFailed' ? { ...entry, ...problemOf(event) } : entry;
      }
      case 'StateEntered':
      case 'StateExited':
      case 'StateFailed':
      case 'StateRetried':
      case 'StateCaught':
        return stateEntry(event, pathOf(event.state.name, event.index), attempts, text);
      default:
        // A branch of a Parallel state shows by the path of its states.
        return null;
    }
  };
}

type StateEvent = Extract<InterpreterEvent, { state: unknown }>;

const ITEM_KINDS = {
  MapIterationStarted: 'item-started',
  MapIterationSucceeded: 'item-succeeded',
  MapIterationFailed: 'item-failed',
} as const;

function stateEntry(
  event: StateEvent,
  path: string,
  attempts: Map<string, number>,
  text: TextOf,
): TraceEntry | null {
  const { name, type } = event.state;
  const base = { at: event.timestamp, path, state: name, type };
  const place = `${path}\n${name}`;
  const attempt = attempts.get(place) ?? 1;
  switch (event.type) {
    case 'StateEntered':
      attempts.set(place, 1);
      return withText({ ...base, kind: 'entered' }, { input: text(name, event.state.input) });
    case 'StateExited':
      return withText({ ...base, kind: 'exited' }, { output: text(name, event.state.output) });
    case 'StateFailed':
      // Step Functions reports the failure of Tasks only; that of other states shows as the execution's or the item's.
      return type === 'Task' ? { ...base, kind: 'failed', attempt, ...problemOf(event) } : null;
    case 'StateRetried':
      attempts.set(place, attempt + 1);
      return { ...base, kind: 'retried', attempt: attempt + 1 };
    case 'StateCaught':
      return { ...base, kind: 'caught' };
    default:
      return null;
  }
}

function top(at: number, kind: TraceKind): TraceEntry {
  return { at, kind, path: '', state: '', type: '' };
}

function withText(entry: TraceEntry, texts: { input?: string; output?: string }): TraceEntry {
  const kept = Object.entries(texts).filter(([, text]) => text !== '');
  return { ...entry, ...Object.fromEntries(kept) };
}

function problemOf(event: { Error: string; Cause: unknown }): { error: string; cause: string } {
  const cause = typeof event.Cause === 'string' ? event.Cause : (JSON.stringify(event.Cause) ?? '');
  return { error: event.Error, cause: cause.slice(0, TRACE_TEXT_MAX) };
}
