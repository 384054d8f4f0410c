/**
 * Virtual time. Nothing in a simulation happens but what this queue runs, one entry after the other: entries of
 * the same instant in the order in which they were put in. After each entry every promise that it settled has run
 * as far as it can, so the order of everything is decided by this queue alone.
 */
export interface Scheduler {
  /** Virtual ms since 1970: the true time that every clock of the simulation differs from. */
  now(): number;
  at(time: number, label: string, run: () => void): void;
  after(ms: number, label: string, run: () => void): void;
  /** Runs everything up to and including this instant, and stops there. */
  runUntil(time: number): Promise<void>;
  /** Adds a line to the trace, for things that no entry stands for. */
  note(line: string): void;
  /** Digest of everything that happened so far: equal digests, equal runs. */
  hash(): string;
  /** Entries that ran so far. */
  steps(): number;
  /** The latest lines of the trace, oldest first. */
  tail(): string[];
}

interface Entry {
  time: number;
  order: number;
  label: string;
  run: () => void;
}

const TAIL_LINES = 300;

/** @param echo gets every line of the trace, for a verbose replay. */
export function createScheduler(start: number, echo?: (line: string) => void): Scheduler {
  const heap: Entry[] = [];
  const trace = createTrace(echo);
  let now = start;
  let order = 0;
  let steps = 0;

  const at = (time: number, label: string, run: () => void) => {
    order += 1;
    push(heap, { time: Math.max(time, now), order, label, run });
  };
  return {
    now: () => now,
    at,
    after: (ms, label, run) => at(now + Math.max(0, Math.round(ms)), label, run),
    async runUntil(time) {
      for (let entry = heap[0]; entry !== undefined && entry.time <= time; entry = heap[0]) {
        pop(heap);
        now = entry.time;
        steps += 1;
        trace.add(now, entry.label);
        entry.run();
        await drained();
      }
      now = Math.max(now, time);
    },
    note: (line) => trace.add(now, line),
    hash: trace.hash,
    steps: () => steps,
    tail: () => trace.tail(),
  };
}

/**
 * Resolves once no promise job is left. Node runs a tick that was queued by a promise job only after all promise
 * jobs, and those that they queue, are done; this is twenty times as fast as `setImmediate`.
 */
function drained(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

function createTrace(echo: ((line: string) => void) | undefined) {
  const lines: string[] = [];
  let written = 0;
  let left = 0x811c9dc5;
  let right = 0x9747b28c;
  return {
    add(time: number, label: string) {
      const line = `${time} ${label}`;
      for (let i = 0; i < line.length; i++) {
        const unit = line.charCodeAt(i);
        left = Math.imul(left ^ unit, 0x01000193);
        right = Math.imul(right ^ unit, 0x85ebca6b) + 0x1b;
      }
      lines[written % TAIL_LINES] = line;
      written += 1;
      echo?.(`${new Date(time).toISOString().slice(5, 23)} ${label}`);
    },
    hash: () => [left, right].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join(''),
    tail: () => [...lines.slice(written % TAIL_LINES), ...lines.slice(0, written % TAIL_LINES)],
  };
}

function before(a: Entry, b: Entry): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.length;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] as Entry;
    if (before(above, entry)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child += 1;
    if (before(last, heap[child] as Entry)) break;
    heap[at] = heap[child] as Entry;
    at = child;
  }
  heap[at] = last;
}
