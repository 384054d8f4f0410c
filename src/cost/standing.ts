import type { Usage } from './bill.ts';
import type { Figures } from './figures.ts';
import { type Architecture, invoked } from './functions.ts';

/** What a stack has, as far as it costs; rules of EventBridge and state machines cost nothing by standing there. */
export interface Parts {
  routes: number;
  partitions: number;
  /** Queues that Lambda polls: ingest, commands, and one for each route with `queue: dedicated`. */
  polledQueues: number;
  alarms: number;
  /** Ticks of cron flushes in a month, and partitions that each asks. */
  ticks: { aMonth: number; partitions: number }[];
}

/** The parts of any stack; a test counts them in the template. */
const DEAD_LETTER_ALARMS = 3;
const SERVICE_ALARMS = 7;
const ALARMS_OF_PIPELINE = 2;
const SHARED_QUEUES = 2;

/** Reconcile's schedule: rate(5 minutes). */
export const RECONCILES_A_MONTH = (30 * 24 * 60) / 5;

const SECONDS_A_MONTH = 30 * 86_400;
const READ_UNIT_BYTES = 4_096;
const GB = 1e9;
/** Custom metrics that reconcile gives values to, files or not, and those that get values in a month with files. */
const METRICS_ALWAYS = 2;
const METRICS_IN_USE = 8;

/** @param dedicated routes with a queue of their own */
export function partsOf(counts: {
  routes: number;
  dedicated: number;
  pipelines: number;
  partitions: number;
  ticks: Parts['ticks'];
}): Parts {
  const polledQueues = SHARED_QUEUES + counts.dedicated;
  return {
    routes: counts.routes,
    partitions: counts.partitions,
    polledQueues,
    alarms: DEAD_LETTER_ALARMS + polledQueues + SERVICE_ALARMS + ALARMS_OF_PIPELINE * counts.pipelines,
    ticks: counts.ticks,
  };
}

/** What a stack uses in so many months, however few files come; `inUse` when any does. */
export function usageOfStanding(
  parts: Parts,
  { months, inUse }: { months: number; inUse: boolean },
  figures: Figures,
  architecture: Architecture,
): Usage[] {
  const runs = RECONCILES_A_MONTH * months;
  const ms = figures.reconcileMs + figures.reconcilePartitionMs * parts.partitions;
  return [
    polling(parts.polledQueues, months, figures),
    { service: 'other', what: 'alarms', price: 'alarms', quantity: parts.alarms * months },
    { service: 'other', what: 'the dashboard', price: 'dashboards', quantity: months },
    { service: 'other', what: 'the key of SNS', price: 'kmsKeys', quantity: months },
    {
      service: 'other',
      what: 'custom metrics',
      price: 'customMetrics',
      quantity: (METRICS_ALWAYS + (inUse ? METRICS_IN_USE : 0)) * months,
    },
    { service: 'EventBridge', what: 'calls of reconcile', price: 'schedulerInvocations', quantity: runs },
    ...invoked('reconcile', runs, ms, architecture),
    {
      service: 'DynamoDB',
      what: 'reads of reconcile',
      price: 'dynamoReads',
      quantity: runs * readsOfReconcile(parts, figures),
    },
    {
      service: 'other',
      what: 'GB of logs of reconcile',
      price: 'logsIngested',
      quantity: (runs * (figures.logBytes + figures.platformLogBytes)) / GB,
    },
    ...parts.ticks.flatMap((tick) => flushes(tick, months, figures, architecture)),
  ];
}

/** Lambda's long polls of a queue in which there is nothing. */
export function polling(queues: number, months: number, { pollers, pollSeconds }: Figures): Usage {
  const quantity = (queues * months * pollers * SECONDS_A_MONTH) / pollSeconds;
  return { service: 'SQS', what: 'polls of idle queues', price: 'sqsRequests', quantity };
}

/**
 * The list of routes; of each route its partitions, how far was looked at its batches, and those since; of each partition
 * the tail of its log.
 */
export function readsOfReconcile({ routes, partitions }: Parts, { partitionItemBytes }: Figures): number {
  const pages = Math.max(routes, (partitions * partitionItemBytes) / READ_UNIT_BYTES);
  return 1 + 2 * routes + pages + partitions;
}

/** A tick that finds nothing to flush: one command, the flush's own item, and a pin for each partition. */
function flushes(
  { aMonth, partitions }: { aMonth: number; partitions: number },
  months: number,
  figures: Figures,
  architecture: Architecture,
): Usage[] {
  const ticks = aMonth * months;
  return [
    { service: 'EventBridge', what: 'ticks of cron flushes', price: 'schedulerInvocations', quantity: ticks },
    { service: 'SQS', what: 'commands: ticks of cron flushes', price: 'sqsRequests', quantity: 3 * ticks },
    ...invoked('command', ticks, figures.commandMs, architecture),
    {
      service: 'DynamoDB',
      what: 'flushes and their pins',
      price: 'dynamoWrites',
      quantity: ticks * (2 + partitions),
    },
    {
      service: 'DynamoDB',
      what: 'tails for flushes',
      price: 'dynamoReads',
      quantity: ticks * (2 + partitions),
    },
  ];
}
