import type { Figures } from './figures.ts';

/** What is to be paid for: how many files come, how, and how they are batched. */
export interface Traffic {
  files: number;
  /** The time in which they come (ms), evenly in bursts. */
  overMs: number;
  /** Files that come together, in one partition. */
  burst: number;
  /** A file's size (bytes): the shipped pipeline cuts a batch into units by it. */
  fileBytes: number;
  partitions: number;
  routes: number;
  count: number;
  windowMs: number;
  /** Without it windows do not close by quiet. */
  quietMs: number | null;
  /** Batches of a hundred that fail and are told of by e-mail. */
  failedPercent: number;
}

/** What becomes of the files: everything that costs follows from these numbers. */
export interface Flow {
  months: number;
  batches: number;
  batchSize: number;
  /** Batches that a timer closes. */
  byTimer: number;
  /** Invocations of ingest, and events in each. */
  invocations: number;
  perInvocation: number;
  commits: number;
  perCommit: number;
  /** Whether several invocations write into one partition at a time. */
  shared: boolean;
  /** Windows that stay open after a commit, and so have a timer. */
  timers: number;
  /** Timers that come before a window's quiet is over and are armed again. */
  rearmed: number;
  /** From a window's opening to its first deadline (ms). */
  deadlineMs: number;
  /** Between two bursts of one partition (ms). */
  gapMs: number;
}

export const MONTH_MS = 30 * 86_400_000;

/** How long ingest gathers messages (s) and how many it takes at once, as serverless.yml says. */
export const INGEST_GATHERS_S = 2;
export const INGEST_EVENTS_MAX = 1_000;

/** Messages that one request receives or deletes at most (SQS, API reference). */
export const SQS_REQUEST_MESSAGES = 10;

/** What becomes of this traffic, on average. */
export function flowOf(traffic: Traffic, figures: Figures): Flow {
  const { files, overMs, partitions } = traffic;
  if (files === 0) return nothing(overMs);
  const burst = Math.min(traffic.burst, files);
  const gapMs = (overMs * partitions * burst) / files;
  const windows = windowsOf({ ...traffic, burst }, gapMs);
  const ingest = ingestOf({ ...traffic, burst }, figures);
  const timers = Math.min(windows.batches, ingest.commits);
  const deadlineMs = Math.min(traffic.windowMs, traffic.quietMs ?? traffic.windowMs);
  const rearmed = traffic.quietMs === null ? 0 : timers * Math.floor(windows.openMs / traffic.quietMs);
  return { months: overMs / MONTH_MS, ...windows, ...ingest, timers, rearmed, deadlineMs, gapMs };
}

function nothing(overMs: number): Flow {
  return {
    months: overMs / MONTH_MS,
    batches: 0,
    batchSize: 0,
    byTimer: 0,
    invocations: 0,
    perInvocation: 0,
    commits: 0,
    perCommit: 0,
    shared: false,
    timers: 0,
    rearmed: 0,
    deadlineMs: 0,
    gapMs: 0,
  };
}

function windowsOf({ files, burst, partitions, count, windowMs, quietMs }: Traffic, gapMs: number) {
  const alone = gapMs > Math.min(windowMs, quietMs ?? windowMs);
  if (alone) {
    const perBurst = Math.ceil(burst / count);
    const rest = burst % count === 0 ? 0 : 1;
    const bursts = files / burst;
    return {
      batches: bursts * perBurst,
      batchSize: burst / perBurst,
      byTimer: bursts * rest,
      openMs: 0,
    };
  }
  const all = Math.max(burst, files / partitions);
  const inWindow = Math.min(all, burst * (1 + Math.floor(windowMs / gapMs)));
  const batchSize = Math.min(count, inWindow);
  const batches = files / batchSize;
  return {
    batches,
    batchSize,
    byTimer: inWindow < count ? batches : 0,
    openMs: Math.min(windowMs, (batchSize / burst) * gapMs),
  };
}

function ingestOf({ files, overMs, burst, partitions }: Traffic, { ingestSharing }: Figures) {
  const gathered = (files / overMs) * 1000 * INGEST_GATHERS_S;
  const together = Math.max(burst, gathered);
  const sharing = Math.max(1, Math.min(ingestSharing, together / SQS_REQUEST_MESSAGES));
  const perInvocation = Math.min(INGEST_EVENTS_MAX, Math.max(1, together / sharing));
  const invocations = files / perInvocation;
  // One invocation holds events of as many partitions as bursts fit into it.
  const inOne = Math.min(partitions, Math.max(1, perInvocation / burst));
  return {
    invocations,
    perInvocation,
    commits: invocations * inOne,
    perCommit: perInvocation / inOne,
    shared: sharing > 1,
  };
}

/** Bytes of a record with so many events. */
export function recordBytesOf(events: number, { recordBytes, eventBytes }: Figures): number {
  return recordBytes + events * eventBytes;
}

/** How files come, in words. */
export function arrivalOf({ files, burst }: Pick<Traffic, 'files' | 'burst'>): string {
  const together = Math.min(files, burst);
  return together === 1 ? 'arriving one by one' : `arriving in bursts of ${together.toLocaleString('en')}`;
}
