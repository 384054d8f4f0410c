import type { ObjectEvent } from '../../src/core/event.ts';
import type { Policy } from '../../src/core/policy.ts';
import type { LogRecord, PartitionKey } from '../../src/core/window.ts';
import type { AppendOutcome, FlushReport, FlushRequest } from '../../src/service/service.ts';

/** What really happened, seen from outside the service. The checker holds the logs against it. */
export interface History {
  commits: Commit[];
  /** Every event that was ever put into the queue; repeats not counted. */
  written: ObjectEvent[];
  /** Events that the service said it has counted: the source forgot them. */
  acknowledged: Acknowledged[];
  flushes: FlushAsked[];
  /** True times at which a laptop died, and all commands with it. */
  deaths: number[];
  /** Policies of a route, in the order in which they were put into force. */
  policies: { route: string; policy: Policy; from: number }[];
  /** Errors that no fault explains: a mistake in the service. */
  mistakes: string[];
  /** Calls to the log by what they were, all processes together. */
  logCalls: { append: number; read: number };
  /** Events handed to the service, deliveries counted one by one. */
  delivered: number;
  deliveries: number;
}

/** One append that took effect. */
export interface Commit {
  key: PartitionKey;
  seq: number;
  /** The record as it was handed to the log, as JSON. */
  text: string;
  /** True time at which it took effect (ms). */
  trueAt: number;
  process: string;
  /** What the process's clock said when it made the call, and the most that it had ever said. */
  clock: number;
  clockMax: number;
  /** Everything the clock told the process lately, latest first. */
  readings: number[];
  /** Versions of the route's policy that the process had lately. */
  policyVersions: string[];
}

export interface Acknowledged {
  event: ObjectEvent;
  outcome: AppendOutcome;
  trueAt: number;
}

/** A flush as its asker saw it. */
export interface FlushAsked {
  request: FlushRequest;
  /** True time of the first time it was asked for. */
  askedAt: number;
  /** Every answer that reached the asker. Cron flushes have none. */
  answers: { report: FlushReport; trueAt: number }[];
  /** True time at which the command was done, for flushes that came through the commands queue. */
  doneAt: number | null;
}

export function emptyHistory(): History {
  return {
    commits: [],
    written: [],
    acknowledged: [],
    flushes: [],
    deaths: [],
    policies: [],
    mistakes: [],
    logCalls: { append: 0, read: 0 },
    delivered: 0,
    deliveries: 0,
  };
}

/** Errors by these names come from mistakes in a program, not from the world around it. */
const MISTAKES = new Set([
  'TypeError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'LogCorruptError',
  'AssertionError',
]);

/** Notes an error that an operation rejected with, if no fault explains it. */
export function noteRejection(history: History, operation: string, error: unknown): void {
  if (!(error instanceof Error)) history.mistakes.push(`${operation} rejected with ${String(error)}`);
  else if (MISTAKES.has(error.name)) history.mistakes.push(`${operation}: ${error.stack ?? error.message}`);
}

/** The text of a record that {@link Commit.text} holds. Properties that are undefined do not count. */
export function textOf(record: LogRecord): string {
  return JSON.stringify(sorted(record));
}

function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]),
  );
}
