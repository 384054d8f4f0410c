import type { Usage } from './bill.ts';
import type { Figures } from './figures.ts';
import { type Architecture, invoked } from './functions.ts';
import { type Batches, steps } from './steps.ts';
import { type Flow, recordBytesOf, SQS_REQUEST_MESSAGES, type Traffic } from './traffic.ts';

/** What files make the product use, service by service. */

const WRITE_UNIT_BYTES = 1_024;
const READ_UNIT_BYTES = 4_096;
/** EventBridge and SQS charge by chunks of this size. */
const CHUNK_BYTES = 65_536;
const GB = 1e9;

/** A deadline further away than this (ms) is kept by the Scheduler, see src/timers/scheduler.ts. */
const DELAY_MAX_MS = 900_000;
/** Reconcile looks at a batch for a quarter of an hour, in so many runs; it notes how far when that spares it so many items. */
const RECONCILE_LOOKS = 4;
const RECONCILE_SPARES = 20;
/** By then reconcile has settled a batch, so that a late deadline of its window has nothing to do. */
const SETTLED_AFTER_MS = 6 * 60_000;
/** A function that was not called for this long (ms) may be gone, and reads a partition's tail anew. */
const COLD_AFTER_MS = 600_000;
/** X-Ray takes one trace a second, and 5 % of the rest. */
const TRACED_REST = 0.05;

export interface Work {
  traffic: Traffic;
  flow: Flow;
  figures: Figures;
  architecture: Architecture;
  /** Calls of reconcile in this time. */
  reconciles: number;
  /** Of one execution. */
  transitions: number;
  /** Work units of a batch in the shipped pipeline. */
  units: number;
}

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
export function events({ traffic, flow, figures }: Work): Usage[] {
  const chunks = Math.ceil(figures.noticeBytes / CHUNK_BYTES);
  const { fired } = timersOf(flow);
  return [
    {
      service: 'EventBridge',
      what: 'events of S3',
      price: 'eventBridgeEvents',
      quantity: traffic.files * chunks,
    },
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

/** One request puts a message into a queue; one takes, and one deletes, up to ten. */
export function queues(work: Work): Usage[] {
  return [
    ...arrivals(work),
    {
      service: 'SQS',
      what: 'commands: deadlines',
      price: 'sqsRequests',
      quantity: 3 * timersOf(work.flow).commands,
    },
  ];
}

export function arrivals({ traffic, flow, figures }: Work): Usage[] {
  const chunks = Math.ceil(figures.noticeBytes / CHUNK_BYTES);
  const together = Math.min(SQS_REQUEST_MESSAGES, flow.perInvocation);
  return [
    { service: 'SQS', what: 'events sent to ingest', price: 'sqsRequests', quantity: traffic.files * chunks },
    {
      service: 'SQS',
      what: 'events received and deleted',
      price: 'sqsRequests',
      quantity: (2 * traffic.files) / together,
    },
  ];
}

/**
 * A deadline near by is one delayed message. One far away is a schedule whose message comes two minutes early: it finds
 * the window closed, or is armed once more.
 */
export function timersOf({ timers, rearmed, byTimer, deadlineMs }: Flow): {
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

function table(work: Work): Usage[] {
  const { flow, figures, reconciles, traffic } = work;
  const { commits, perCommit, batches, byTimer, shared } = flow;
  const put = Math.ceil(recordBytesOf(perCommit, figures) / WRITE_UNIT_BYTES);
  const tries = shared ? 1 + figures.lostRaces : 1;
  const settled = Math.min(batches, reconciles * traffic.partitions);
  const late = Math.max(0, flow.timers - byTimer);
  // One that comes before reconcile sees to the effects of the batch itself.
  const unsettled = flow.deadlineMs < SETTLED_AFTER_MS ? late : 0;
  const write = (what: string, quantity: number): Usage => ({
    service: 'DynamoDB',
    what,
    price: 'dynamoWrites',
    quantity,
  });
  const read = (what: string, quantity: number): Usage => ({
    service: 'DynamoDB',
    what,
    price: 'dynamoReads',
    quantity,
  });
  const bytes = bytesKept(work);
  // A process that goes on has the records of open windows at hand.
  const cold = flow.gapMs > COLD_AFTER_MS;
  return [
    write('records of the log', commits * put * tries + byTimer),
    write('items of partitions', Math.min(commits + byTimer, 2 * batches) + unsettled + settled),
    write('items of batches', 2 * batches),
    write('how far reconcile looked', lookedAt(work).notes),
    read('records, to start executions', cold ? batches * readsOfBatch(flow, figures) : 0),
    read('tails, by processes that start', cold ? commits : 0),
    read('items of batches, when executions end', 2 * batches),
    read('late deadlines', late * readsOfLate(work)),
    read('recent batches, by reconcile', lookedAt(work).reads),
    { service: 'DynamoDB', what: 'GB kept for a month', price: 'dynamoStorage', quantity: bytes / GB },
    {
      service: 'DynamoDB',
      what: 'GB kept restorable for a month',
      price: 'dynamoBackup',
      quantity: bytes / GB,
    },
  ];
}

/** The records that hold a batch are read at once; one record may hold several batches, and is read for each. */
function readsOfBatch({ batchSize, perCommit }: Flow, figures: Figures): number {
  // A batch begins and ends anywhere in a record.
  const records = 1 + Math.max(0, batchSize - 1) / perCommit;
  return Math.ceil((records * recordBytesOf(perCommit, figures)) / READ_UNIT_BYTES);
}

/** A deadline that finds its window closed reads the tail and the partition's item, which says that all is settled. */
function readsOfLate({ flow, figures }: Work): number {
  return 1 + Math.ceil(recordBytesOf(flow.perCommit, figures) / READ_UNIT_BYTES);
}

/** What reconcile uses for batches, besides what it uses where there are none. */
export function lookedAt({
  flow,
  figures,
  reconciles,
  traffic,
}: Omit<Work, 'architecture' | 'transitions' | 'units'>): {
  reads: number;
  notes: number;
} {
  const looks = reconciles * traffic.routes;
  if (looks === 0 || flow.batches === 0) return { reads: 0, notes: 0 };
  const each = flow.batches / looks;
  // What is not worth a note yet is read again.
  const runs = Math.ceil(RECONCILE_SPARES / each);
  const items = each * (RECONCILE_LOOKS + (runs - 1) / 2);
  // A read is rounded up, half a unit on average; one unit is what it takes to find nothing.
  const units = Math.max(0, (items * figures.batchItemBytes) / READ_UNIT_BYTES - 0.5);
  return { reads: looks * units, notes: looks / runs };
}

export function bytesKept({ flow, figures }: Pick<Work, 'flow' | 'figures'>): number {
  const { commits, perCommit, batches, byTimer } = flow;
  return (
    commits * recordBytesOf(perCommit, figures) +
    byTimer * figures.recordBytes +
    batches * figures.batchItemBytes
  );
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

export function tracesOf(executions: number, overMs: number): number {
  const seconds = overMs / 1_000;
  return executions <= seconds ? executions : seconds + TRACED_REST * (executions - seconds);
}

/** The batches as the pipeline sees them. */
export function batchesOf({ flow, units }: Pick<Work, 'flow' | 'units'>): Batches {
  return { executions: flow.batches, files: flow.batchSize, units };
}
