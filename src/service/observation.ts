import type { Batch, PartitionKey } from '../core/window.ts';

/**
 * What the service noticed, for metrics, logs and the live stream. Synchronous and without a result: an observer
 * can neither slow the service nor fail it.
 */
export type Observer = (observation: Observation) => void;

export type Observation =
  /** A record was committed. `deadline` is that of the window left open, if one is. */
  | ({
      kind: 'committed';
      at: number;
      record: number;
      events: number;
      keys: string[];
      closed: Batch[];
      open: { count: number; bytes: number; deadline: number } | null;
    } & PartitionKey)
  /** Events that the log already held; their effects were redone. */
  | ({ kind: 'duplicates'; at: number; keys: string[] } & PartitionKey)
  | { kind: 'unrouted'; at: number; bucket: string; key: string }
  | { kind: 'ignored'; at: number; bucket: string; key: string; why: 'folder-marker' }
  /** Another writer won this seq. */
  | ({ kind: 'conflict'; at: number; record: number } & PartitionKey)
  /** An effect did not succeed and was handed to the commands queue. */
  | ({ kind: 'deferred'; at: number; from: number; to: number; cause: string } & PartitionKey)
  | ({ kind: 'started'; at: number; batch: string; already: boolean } & PartitionKey)
  /** Reconcile found something undone and did it. */
  | ({
      kind: 'repaired';
      at: number;
      what: 'start' | 'timer' | 'projection' | 'status';
      batch?: string;
    } & PartitionKey)
  /** An event says that it was born in the future: a clock is wrong. */
  | { kind: 'clock-skew'; at: number; bucket: string; key: string; aheadMs: number }
  | ({
      kind: 'flush';
      at: number;
      flushId: string;
      outcome: 'closed' | 'already-closed' | 'empty' | 'below-minimum';
      batch?: string;
    } & PartitionKey);
