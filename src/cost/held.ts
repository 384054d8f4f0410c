import { arrivals, batchesOf, chunksOf, executions, noticed } from './files.ts';
import { lambda } from './functions.ts';
import { polling } from './standing.ts';
import { steps } from './steps.ts';
import type { Rebatched, Way } from './ways.ts';
import type { Work } from './work.ts';

/** Ways that hold events back until so many or so long, whatever they are about. */

/** Glue's event triggers hold at most so many events, for at most so long (Glue API, EventBatchingCondition). */
const GLUE_EVENTS_MAX = 100;
const GLUE_WINDOW_MS = 900_000;
/** The smallest job: Python shell on a sixteenth of a DPU, charged for a minute at least (Glue's price page). */
const GLUE_DPUS = 1 / 16;
const GLUE_HOURS = 1 / 60;

/** A batching window of an event source mapping, and of a pipe on a queue, lasts at most so long. */
const MAPPING_WINDOW_MS = 300_000;
const MAPPING_EVENTS_MAX = 10_000;
/** What a function is handed at once (Lambda, quotas); it can write a list that is too long for an input to S3. */
const FUNCTION_BYTES_MAX = 6 * 2 ** 20;
/** Input of an execution (Step Functions, quotas). */
const INPUT_BYTES_MAX = 262_144;

/** A function that only starts an execution: it waits for one request. */
const STARTER = {
  name: 'a function that starts executions',
  memoryMb: 512,
  ms: 50,
  service: 'Lambda',
} as const;

export function glueTrigger(work: Work): Way {
  const { traffic } = work;
  const runs = traffic.files / heldFor(work, GLUE_WINDOW_MS, GLUE_EVENTS_MAX);
  return {
    name: 'Glue workflow trigger',
    files: [
      noticed(work),
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
    not: 'at most 100 events or 15 minutes, for Glue jobs only; hands over event ids; no delivery guarantee, no flush',
    counted:
      'with the smallest job, a minute of Python shell on a sixteenth of a DPU; a Spark job costs 32 times as much',
  };
}

export function pipe(work: Work, rebatched: Rebatched): Way {
  const { figures, flow, architecture } = work;
  const held = heldFor(work, MAPPING_WINDOW_MS, INPUT_BYTES_MAX / figures.noticeBytes);
  const batched = rebatched(held);
  return {
    name: 'EventBridge Pipes from a queue',
    files: [
      noticed(work),
      ...arrivals(work, held),
      {
        service: 'EventBridge',
        what: 'requests through the pipe',
        price: 'pipesRequests',
        quantity: batched.flow.batches * chunksOf(held * figures.noticeBytes),
      },
      ...executions(batched),
      ...steps(batchesOf(batched), figures, architecture),
    ],
    standing: [polling(1, flow.months, figures)],
    not: 'at most 5 minutes and 256 KB, over all prefixes together; not exact: events that are delivered twice count twice; no flush, no "when"',
    counted:
      'by batch, each 64 KB of it a request; what we read of AWS does not say whether it is by event, which would be more',
  };
}

export function mapping(work: Work, rebatched: Rebatched): Way {
  const { figures, flow, architecture } = work;
  const most = Math.min(MAPPING_EVENTS_MAX, FUNCTION_BYTES_MAX / figures.noticeBytes);
  const held = heldFor(work, MAPPING_WINDOW_MS, most);
  const batched = rebatched(held);
  return {
    name: 'SQS batching into a function',
    files: [
      noticed(work),
      ...arrivals(work, held),
      ...lambda({ ...STARTER, calls: batched.flow.batches, architecture }),
      ...executions(batched),
      ...steps(batchesOf(batched), figures, architecture),
    ],
    standing: [polling(1, flow.months, figures)],
    not: 'at most 5 minutes, by each of several pollers, over all prefixes together; not exact; a retry may start a batch twice',
    counted: 'as if one poller gathered everything',
  };
}

/** How many events gather in a window over everything that comes. */
function heldFor({ traffic }: Work, windowMs: number, most: number): number {
  const { files, overMs, burst, count } = traffic;
  const gathered = Math.max(Math.min(burst, files), (files / overMs) * windowMs);
  return Math.max(1, Math.min(most, count, files, gathered));
}
