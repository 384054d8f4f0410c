import type { FlushReason, PartitionKey } from '../core/window.ts';
import type { FlushScope } from '../flushes/flushes.ts';
import type { Deadline } from '../timers/timers.ts';

/**
 * The queue of work that must happen though nobody waits for it.
 *
 * Every driver guarantees that a command whose `send` resolved is handed to the service at least once, in any
 * order; a command whose handling rejects is handed over again. On a laptop the queue lives in memory: of what a
 * kill takes with it, `reconcile` finds deadlines and effects in the log at start; a flush has to be asked for again.
 */
export interface Commands {
  send(command: Command): Promise<void>;
}

export type Command =
  /** A timer fired. */
  | ({ kind: 'deadline' } & Deadline)
  /** A cron tick, or a flush over many partitions: pins and closes every window in scope. */
  | {
      kind: 'flush';
      flushId: string;
      reason: FlushReason;
      who: string;
      scope: FlushScope;
      minEvents: number;
      note?: string;
    }
  /** One partition's share of a flush that was asked for. */
  | ({ kind: 'flush-partition'; flushId: string } & PartitionKey)
  /** Redo the effects of records `from` to `to` (seq, inclusive) of a partition. */
  | ({ kind: 'ensure'; from: number; to: number } & PartitionKey);
