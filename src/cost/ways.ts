import type { Usage } from './bill.ts';
import { arrivals, batchesOf, executions, tracesOf, type Work } from './files.ts';
import { lambda } from './functions.ts';
import { polling } from './standing.ts';
import { steps } from './steps.ts';

/** The same files by the ways in which people build this today. */
export interface Way {
  name: string;
  files: Usage[];
  standing: Usage[];
  /** What it does not do, or does otherwise, in a line. */
  not: string;
}

/** Glue's event triggers hold at most so many events, for at most so long (Glue API, EventBatchingCondition). */
const GLUE_EVENTS_MAX = 100;
const GLUE_WINDOW_MS = 900_000;
/** The smallest job: Python shell on a sixteenth of a DPU, charged for a minute at least (Glue's price page). */
const GLUE_DPUS = 1 / 16;
const GLUE_HOURS = 1 / 60;

/** A batching window of an event source mapping, and of a pipe on a queue, lasts at most so long. */
const MAPPING_WINDOW_MS = 300_000;
/** Input of an execution (Step Functions, quotas). */
const INPUT_BYTES_MAX = 262_144;

/** A function that only starts an execution: it waits for one request. */
const STARTER = {
  name: 'a function that starts executions',
  memoryMb: 512,
  ms: 50,
  service: 'Lambda',
} as const;

/** @param ours what Spillway itself uses, standing included */
export function ways(work: Work, ours: { files: Usage[]; standing: Usage[] }): Way[] {
  return [
    onePerFile(work),
    transactions(
      work,
      ours,
      'a transaction per event',
      1,
      'exact, at 4 write units an event; measured locally, some hundred events a second on one route',
    ),
    transactions(
      work,
      ours,
      'transactions of up to 99 events',
      99,
      'exact, while there is one writer: with two, transactions cancel each other and are billed all the same',
    ),
    glueTrigger(work),
    pipe(work),
    mapping(work),
  ];
}

function fromS3({ traffic }: Work): Usage {
  return {
    service: 'EventBridge',
    what: 'events of S3',
    price: 'eventBridgeEvents',
    quantity: traffic.files,
  };
}

function onePerFile(work: Work): Way {
  const { traffic, figures, architecture, transitions } = work;
  const each = { ...work, flow: { ...work.flow, batches: traffic.files, batchSize: 1 } };
  return {
    name: 'one execution per file',
    files: [
      fromS3(work),
      ...executions({ ...each, transitions }),
      {
        service: 'other',
        what: 'traces',
        price: 'xrayTraces',
        quantity: tracesOf(traffic.files, traffic.overMs),
      },
      ...steps({ executions: traffic.files, files: 1, units: 1 }, figures, architecture),
    ],
    standing: [],
    not: 'does not batch: a small Parquet file for each small CSV file; events delivered twice run twice',
  };
}

/** An item per event and a counter, in transactions: 2 write units for each of them (DynamoDB, transactions). */
function transactions(
  work: Work,
  ours: { files: Usage[]; standing: Usage[] },
  name: string,
  eventsMax: number,
  not: string,
): Way {
  const { flow, traffic } = work;
  const perTransaction = Math.min(eventsMax, flow.perCommit);
  const log = ours.files.filter(({ what }) => what === 'records of the log' || what.startsWith('records,'));
  const state: Usage = {
    service: 'DynamoDB',
    what: 'transactions',
    price: 'dynamoWrites',
    quantity: (traffic.files / perTransaction) * 2 * (perTransaction + 1),
  };
  // An item per event has to be read for the batch; a page of them is read at once.
  const read: Usage = {
    service: 'DynamoDB',
    what: 'events, to start executions',
    price: 'dynamoReads',
    quantity: (traffic.files * EVENT_ITEM_BYTES) / 4_096,
  };
  return {
    name,
    files: [...ours.files.filter((usage) => !log.includes(usage)), state, read],
    standing: ours.standing,
    not,
  };
}

/** An event as an item of its own, key included. */
const EVENT_ITEM_BYTES = 300;

function glueTrigger(work: Work): Way {
  const { traffic } = work;
  const runs = traffic.files / heldFor(work, GLUE_WINDOW_MS, GLUE_EVENTS_MAX);
  return {
    name: 'Glue workflow trigger',
    files: [
      fromS3(work),
      {
        service: 'steps',
        what: 'DPU-hours of the job',
        price: 'glueDpuHours',
        quantity: runs * GLUE_DPUS * GLUE_HOURS,
      },
      { service: 'steps', what: 'files read', price: 's3Gets', quantity: traffic.files },
      { service: 'steps', what: 'results written', price: 's3Puts', quantity: runs },
    ],
    standing: [],
    not: 'at most 100 events or 15 minutes, for Glue jobs only; hands over event ids; no delivery guarantee, no flush; a Spark job is 32 times dearer than the Python shell counted here',
  };
}

function pipe(work: Work): Way {
  const { traffic, figures, flow, architecture } = work;
  const held = heldFor(work, MAPPING_WINDOW_MS, INPUT_BYTES_MAX / figures.noticeBytes);
  const batched = { ...work, flow: { ...flow, batches: traffic.files / held, batchSize: held } };
  return {
    name: 'EventBridge Pipes from a queue',
    files: [
      fromS3(work),
      ...arrivals(work),
      {
        service: 'EventBridge',
        what: 'requests through the pipe',
        price: 'pipesRequests',
        quantity: traffic.files,
      },
      ...executions(batched),
      ...steps(batchesOf(batched), figures, architecture),
    ],
    standing: [polling(1, flow.months, figures)],
    not: 'at most 5 minutes and 256 KB, over all prefixes together; not exact, events delivered twice count twice; no flush, no "when"',
  };
}

function mapping(work: Work): Way {
  const { traffic, figures, flow, architecture } = work;
  const held = heldFor(work, MAPPING_WINDOW_MS, INPUT_BYTES_MAX / figures.noticeBytes);
  const batches = traffic.files / held;
  const batched = { ...work, flow: { ...flow, batches, batchSize: held } };
  return {
    name: 'SQS batching into a function',
    files: [
      fromS3(work),
      ...arrivals(work),
      ...lambda({ ...STARTER, calls: batches, architecture }),
      ...executions(batched),
      ...steps(batchesOf(batched), figures, architecture),
    ],
    standing: [polling(1, flow.months, figures)],
    not: 'at most 5 minutes, by each of several pollers, over all prefixes together; not exact; a retry may start a batch twice',
  };
}

/** How many events gather in a window over everything that comes. */
function heldFor({ traffic }: Work, windowMs: number, most: number): number {
  const { files, overMs, burst, count } = traffic;
  const gathered = Math.max(Math.min(burst, files), (files / overMs) * windowMs);
  return Math.max(1, Math.min(most, count, gathered));
}
