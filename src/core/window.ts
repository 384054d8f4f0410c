import type { ObjectEvent } from './event.ts';
import type { Limits, Policy } from './policy.ts';

/** Names one window log: one value of a route's pattern. A plain route has the one partition `''`. */
export interface PartitionKey {
  route: string;
  partition: string;
}

/** Why a window closed. */
export type Reason = 'count' | 'time' | 'bytes' | 'quiet' | 'manual' | 'schedule' | 'marker';

/** Reasons that a flush gives. */
export type FlushReason = 'manual' | 'schedule' | 'marker';

/** The open set of events of one partition that no batch holds yet. It always has at least one event. */
export interface OpenWindow {
  /** Offset of its first event in the partition's event sequence. */
  start: number;
  /** Seq of the record that holds its first event and its policy. */
  firstRecord: number;
  /** Effective arrival of its first event (ms). Never changes, so the deadline never moves. */
  openedAt: number;
  /** Effective arrival of its latest event (ms). */
  lastAt: number;
  count: number;
  bytes: number;
  limits: Limits;
  policyVersion: string;
  /** Digests of the first and the latest event's identity; they go into the batch id. */
  first: string;
  last: string;
}

/** What a log says after a record: everything the next decision needs, and nothing that grows. */
export interface LogState {
  /** Names this life of the log: changes when the table is recreated. Later epochs sort after earlier ones. */
  epoch: string;
  /** Offset that the next event gets; equally the number of events so far. */
  next: number;
  /** The largest effective arrival so far (ms). */
  watermark: number;
  /** Number of the open window, or of the one that opens next. Starts at 1, no gaps. */
  windowSeq: number;
  window: OpenWindow | null;
}

/** A closed, frozen window: an immutable range of events. */
export interface Batch {
  /** Also the name of its execution; see `src/core/batch.ts`. */
  id: string;
  /** Number of the window it was. */
  seq: number;
  /** Offsets of its events: `from` inclusive, `to` exclusive. */
  from: number;
  to: number;
  firstRecord: number;
  /** Seq of the record that holds its last event; at most the seq of the record that closed it. */
  lastRecord: number;
  reason: Reason;
  openedAt: number;
  /** When its limits would have closed it for lack of time (ms): time limit, or quiet period if sooner. */
  deadline: number;
  /** Commit time of the record that closed it (ms). */
  closedAt: number;
  count: number;
  bytes: number;
  policyVersion: string;
  /** The flush that closed it and who asked for it, where one did. */
  by?: { flushId: string; who: string };
}

/** One entry of a partition's log: a micro-batch, what it closed, and the state after it. */
export interface LogRecord {
  /** 1, 2, 3 … without gaps. */
  seq: number;
  /** Commit time by the committer's clock (ms), never less than the previous record's. */
  at: number;
  events: ObjectEvent[];
  closed: Batch[];
  state: LogState;
  /** The policy of the windows that opened in this record; present exactly if one did. */
  policy?: Policy;
}

/** The part of the last record that decisions are made from. */
export type Tail = Pick<LogRecord, 'seq' | 'at' | 'state'>;
