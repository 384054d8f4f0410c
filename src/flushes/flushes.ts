import type { FlushReason, PartitionKey } from '../core/window.ts';

/**
 * Flushes as they were asked for, and which window each meant. The same items are the audit trail.
 *
 * Every driver guarantees:
 * 1. `ask` is put-if-absent by id and returns what is stored: the first request with an id wins for ever.
 * 2. `pin` is first-writer-wins per flush and partition, "none" included, and returns what is stored.
 * 3. Reads are consistent. All writes may be repeated after an unknown outcome.
 */
export interface Flushes {
  ask(flush: Flush): Promise<Flush>;
  find(id: string): Promise<Flush | null>;
  pin(flushId: string, pin: Pin): Promise<Pin>;
  pins(flushId: string): Promise<Pin[]>;
}

/** Closing windows before their thresholds, by hand or by cron. */
export interface Flush {
  /** Chosen by the asker, or made; a cron flush's is `<route>/<schedule index>/<scheduled time>`. */
  id: string;
  reason: FlushReason;
  /** By the server's clock (ms). */
  askedAt: number;
  who: string;
  /** Free words on why it was asked for. */
  note?: string;
  scope: FlushScope;
  /** Windows with fewer events stay open; at least 1. */
  minEvents: number;
}

/** Everything (`{}`), one route, or one partition of a route. */
export interface FlushScope {
  route?: string;
  partition?: string;
}

/** The window that a flush means in one partition, or why it means none. */
export interface Pin extends PartitionKey {
  window: { epoch: string; seq: number; count: number } | null;
  /** Set exactly when `window` is null. */
  skipped?: { why: 'empty' | 'below-minimum'; count: number };
}
