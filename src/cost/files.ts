import type { Usage } from './bill.ts';
import { invoked } from './functions.ts';
import { type Batches, steps } from './steps.ts';
import { table } from './table.ts';
import { type Flow, SQS_REQUEST_MESSAGES } from './traffic.ts';
import type { Work } from './work.ts';

/** What files make the product use, service by service. */

/** EventBridge, its pipes and SQS charge by chunks of this size. */
const CHUNK_BYTES = 65_536;
const GB = 1e9;

/** A deadline further away than this (ms) is kept by the Scheduler, see src/timers/scheduler.ts. */
const DELAY_MAX_MS = 900_000;
/** X-Ray takes one trace a second, and 5 % of the rest. */
const TRACED_REST = 0.05;

export function usageOfFiles(work: Work): Usage[] {
  return [
    ...events(work),
    ...queues(work),
    ...functions(work),
    ...table(work),
    ...executions(work),
    ...operations(work),
    ...steps(batchesOf(work), work.figures, work.architecture),
  ];
}

/** S3's events come to the bus; every batch is announced when it closes, starts and ends. */
function events(work: Work): Usage[] {
  const { flow } = work;
  const { fired } = timersOf(flow);
  return [
    noticed(work),
    {
      service: 'EventBridge',
      what: 'announcements: closed, started, ended',
      price: 'eventBridgeEvents',
      quantity: 3 * flow.batches,
    },
    {
      service: 'EventBridge',
      what: 'deadlines by the Scheduler',
      price: 'schedulerInvocations',
      quantity: fired,
    },
  ];
}

/** S3's events, in every way the same. */
export function noticed({ traffic, figures }: Work): Usage {
  const quantity = traffic.files * chunksOf(figures.noticeBytes);
  return { service: 'EventBridge', what: 'events of S3', price: 'eventBridgeEvents', quantity };
}

export function chunksOf(bytes: number): number {
  return Math.ceil(bytes / CHUNK_BYTES);
}

/** One request puts a message into a queue; one takes, and one deletes, up to ten. */
function queues(work: Work): Usage[] {
  return [
    ...arrivals(work, work.flow.perInvocation),
    {
      service: 'SQS',
      what: 'commands: deadlines',
      price: 'sqsRequests',
      quantity: 3 * timersOf(work.flow).commands,
    },
  ];
}

/** @param held events that are done with, and so deleted, at a time */
export function arrivals({ traffic, flow, figures }: Work, held: number): Usage[] {
  const received = traffic.files / Math.min(SQS_REQUEST_MESSAGES, flow.perInvocation);
  const deleted = traffic.files / Math.min(SQS_REQUEST_MESSAGES, held);
  return [
    {
      service: 'SQS',
      what: 'events put into the queue',
      price: 'sqsRequests',
      quantity: traffic.files * chunksOf(figures.noticeBytes),
    },
    {
      service: 'SQS',
      what: 'events received and deleted',
      price: 'sqsRequests',
      quantity: received + deleted,
    },
  ];
}

/**
 * A deadline near by is one delayed message. One far away is a schedule whose message comes two minutes early: it finds
 * the window closed, or is armed once more.
 */
function timersOf({ timers, rearmed, byTimer, deadlineMs }: Flow): {
  fired: number;
  commands: number;
} {
  const far = deadlineMs > DELAY_MAX_MS;
  const armed = timers + rearmed;
  return { fired: far ? armed : 0, commands: armed + (far ? Math.min(byTimer, timers) : 0) };
}

function functions({ flow, figures, architecture }: Work): Usage[] {
  const { invocations, commits, perInvocation, batches } = flow;
  const ms = figures.ingestMs + (figures.commitMs * commits) / invocations + figures.eventMs * perInvocation;
  return [
    ...invoked('ingest', invocations, ms, architecture),
    ...invoked('command', timersOf(flow).commands, figures.commandMs, architecture),
    ...invoked('status', 2 * batches, figures.statusMs, architecture),
  ];
}

export function executions({ flow, traffic, transitions }: Work): Usage[] {
  const failed = (flow.batches * traffic.failedPercent) / 100;
  return [
    {
      service: 'Step Functions',
      what: 'state transitions',
      price: 'stepTransitions',
      // A failed batch goes one state further: Notify Failures.
      quantity: flow.batches * transitions + failed,
    },
  ];
}

function operations({ flow, figures, traffic }: Work): Usage[] {
  const { invocations, batches } = flow;
  const called = invocations + timersOf(flow).commands + 2 * batches;
  const logged = called * (figures.logBytes + figures.platformLogBytes) + batches * figures.batchLogBytes;
  const failed = (batches * traffic.failedPercent) / 100;
  return [
    { service: 'other', what: 'GB of logs', price: 'logsIngested', quantity: logged / GB },
    { service: 'other', what: 'traces', price: 'xrayTraces', quantity: tracesOf(batches, traffic.overMs) },
    { service: 'other', what: 'failures told to SNS', price: 'snsPublishes', quantity: failed },
    { service: 'other', what: 'failures told by e-mail', price: 'snsEmails', quantity: failed },
    { service: 'other', what: 'requests to the key of SNS', price: 'kmsRequests', quantity: 2 * failed },
  ];
}

function tracesOf(executions: number, overMs: number): number {
  const seconds = overMs / 1_000;
  return executions <= seconds ? executions : seconds + TRACED_REST * (executions - seconds);
}

/** The batches as the pipeline sees them. */
export function batchesOf({ flow, units }: Pick<Work, 'flow' | 'units'>): Batches {
  return { executions: flow.batches, files: flow.batchSize, units };
}
