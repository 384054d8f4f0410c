import type { Command } from '../commands/commands.ts';
import type { ObjectEvent } from '../core/event.ts';
import type { FlushReason, PartitionKey, Reason } from '../core/window.ts';
import type { ExecutionReport } from '../executions/executions.ts';
import type { Flush, FlushScope } from '../flushes/flushes.ts';

/**
 * The whole product behind its ports: events go in, batches run, flushes close windows. Homes (`src/aws.ts`,
 * `src/local.ts`) choose the drivers; handlers, API and watcher call these five.
 */
export interface Service {
  /**
   * Counts events, each exactly once. Resolves when every event is in the log and its effects are done or handed
   * to the commands queue: only then may the source forget it. The outcomes stand in the order of `events`.
   * @throws when an event could not be committed for now; the source delivers it again.
   */
  append(events: ObjectEvent[]): Promise<AppendOutcome[]>;
  /** Carries out a command from the queue. Rejects when it has to be delivered again. */
  handle(command: Command): Promise<void>;
  /** Asks for a flush, and closes every window in its scope that has enough events. Repeatable by its id. */
  flush(request: FlushRequest): Promise<FlushReport>;
  /** What a flush would close now. Writes nothing. */
  previewFlush(scope: FlushScope, minEvents: number): Promise<FlushPreview[]>;
  /**
   * Compares partition and batch items with the log and does what is undone.
   * @throws the first failure, after all else was seen to; ReconcileUnfinishedError when it had to end early
   */
  reconcile(options?: ReconcileOptions): Promise<ReconcileReport>;
  /** An execution ended or runs again; reports may be repeated, late and out of order. */
  executionReported(report: ExecutionReport): Promise<void>;
}

export type AppendOutcome =
  | { kind: 'committed' | 'duplicate'; route: string; partition: string; record: number }
  | { kind: 'unrouted' }
  | { kind: 'ignored'; why: 'folder-marker' };

export interface FlushRequest {
  id: string;
  reason: FlushReason;
  who: string;
  note?: string;
  scope: FlushScope;
  minEvents: number;
}

export interface FlushReport {
  /** As stored: with an id that was used before, the first request. */
  flush: Flush;
  partitions: FlushedPartition[];
}

export interface FlushedPartition extends PartitionKey {
  /**
   * `already-closed`: the window that the flush means was closed by something else first. `queued`: the flush has
   * many partitions and goes on in the commands queue; asking again with the same id tells.
   */
  outcome: 'closed' | 'already-closed' | 'empty' | 'below-minimum' | 'queued';
  /** Events in the batch, or in the window where it stayed open. */
  count: number;
  batch?: { id: string; reason: Reason; closedAt: number };
}

export interface FlushPreview extends PartitionKey {
  count: number;
  bytes: number;
  openedAt: number;
  deadline: number;
  /** False when the window has fewer than `minEvents` events. */
  wouldClose: boolean;
}

export interface ReconcileOptions {
  /**
   * For a home whose timers and executions die with its process, when it starts: every open window is armed, every
   * unfinished execution started again under its name, and nothing is left to somebody who may still be at it.
   */
  atStart?: boolean;
  /** It ends early when this is aborted. */
  stopping?: AbortSignal;
  /** Called when it saw to every window and came to its end: what it rejects with then is about single batches. */
  cameThrough?(): void;
}

export interface ReconcileReport {
  partitions: number;
  started: number;
  rearmed: number;
  settled: number;
  statuses: number;
}
