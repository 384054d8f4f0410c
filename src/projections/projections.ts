import type { Limits, PipelineRef } from '../core/policy.ts';
import type { Batch, PartitionKey } from '../core/window.ts';

/**
 * Small items written as effects of commits, for listing and look-up. The log is the truth: every projection can
 * be rebuilt from it, may lag behind it, and never goes backward.
 *
 * Every driver guarantees:
 * 1. `register` is put-if-absent: it never changes an existing item.
 * 2. `advance` and `settle` apply only forward, atomically: the larger (epoch, record) or settled seq wins,
 *    whatever the order of arrival.
 * 3. `batchStarted` never undoes `batchFinished`, and `batchFinished` never goes back in (redrives, running < ended).
 * 4. Reads are consistent: they see every write that resolved before the read began.
 * 5. All writes are idempotent and may be repeated after an unknown outcome.
 * 6. Of all `keepUnended` of a route that go on from the same version, at most one is kept.
 */
export interface Projections extends OfBatches {
  /** Puts the partition into the registry. Must resolve before the partition's first record is appended. */
  register(key: PartitionKey): Promise<void>;
  /** Brings the partition item up to a record, if it lies ahead of what the item shows. */
  advance(key: PartitionKey, position: PartitionPosition): Promise<void>;
  /** Records that all batches up to window `settledTo` of this epoch are known as started. */
  settle(key: PartitionKey, epoch: string, settledTo: number): Promise<void>;
  partition(key: PartitionKey): Promise<PartitionItem | null>;
  /** All registered partitions of a route, ascending by partition (UTF-8 byte order), a page at a time. */
  partitions(route: string, page: { after?: string; limit: number }): Promise<Page<PartitionItem>>;
  /** Every route that ever registered a partition, also those no longer configured. */
  routes(): Promise<string[]>;
}

/** The part about batches. */
export interface OfBatches {
  batchStarted(item: BatchItem): Promise<void>;
  /** Records how an execution stands. A no-op when the item is missing: reconcile writes it from the log. */
  batchStatus(ref: BatchRef, change: StatusChange): Promise<void>;
  batch(ref: BatchRef): Promise<BatchItem | null>;
  /** A route's batches by closing time, newest first, a page at a time. */
  batches(
    route: string,
    page: { before?: Pick<BatchRef, 'closedAt' | 'id'>; limit: number },
  ): Promise<Page<BatchItem>>;
  /** Those that closed at `since` (ms) or later and lie behind `after`, oldest first, a page at a time. */
  batchesSince(
    route: string,
    page: { since: number; after?: Pick<BatchRef, 'closedAt' | 'id'>; limit: number },
  ): Promise<Page<BatchItem>>;
  /** Which batches have not ended, as far as somebody looked; null where nobody did yet. */
  unended(route: string): Promise<Unended | null>;
  /** Replaces it, unless somebody else did since it was read. False where somebody did. */
  keepUnended(route: string, unended: Unended): Promise<boolean>;
}

/** All batches of a route that closed before an instant have ended, except these. */
export interface Unended {
  /** One more than that of what it replaces; the first is 1. */
  version: number;
  /** The instant (ms). */
  to: number;
  batches: Pick<BatchRef, 'closedAt' | 'id'>[];
}

export interface Page<Item> {
  items: Item[];
  /** False when there is nothing after the last item. */
  more: boolean;
}

/** Where a partition's log stood, as of one record. */
export interface PartitionPosition {
  epoch: string;
  /** Seq of the record this was taken from. */
  record: number;
  windowSeq: number;
  /** Null when no window is open. */
  window: { openedAt: number; deadline: number; limits: Limits; policyVersion: string } | null;
  /** The newest batch of the partition, where the records that this was taken from closed it; else null: the log knows it. */
  lastBatch: Pick<Batch, 'id' | 'seq' | 'reason' | 'closedAt' | 'count'> | null;
}

export interface PartitionItem extends PartitionKey {
  /** Null between registration and the first projection. */
  position: PartitionPosition | null;
  /** All windows up to this seq are known as started executions; 0 at first. */
  settledTo: number;
}

/** What finds a batch item without an index. */
export interface BatchRef {
  route: string;
  closedAt: number;
  id: string;
}

export type ExecutionStatus = 'running' | 'succeeded' | 'failed' | 'timed-out' | 'aborted';

export interface BatchItem extends BatchRef, Batch {
  partition: string;
  epoch: string;
  pipeline: PipelineRef;
  /** Identifier of the execution in its home: an ARN on AWS, the batch id on a laptop. */
  execution: string;
  startedAt: number;
  /** closedAt − deadline for reasons `time` and `quiet`, else 0 (ms). */
  latenessMs: number;
  status: ExecutionStatus;
  redrives: number;
  endedAt?: number;
  error?: string;
  cause?: string;
}

export interface StatusChange {
  status: ExecutionStatus;
  /** How often the execution was redriven; orders changes before running < ended does. */
  redrives: number;
  endedAt?: number;
  error?: string;
  cause?: string;
}
