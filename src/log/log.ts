import type { LogRecord, PartitionKey } from '../core/window.ts';

/**
 * The append-only record of a partition's events and window decisions. Everything else is derived from it.
 *
 * Every driver guarantees:
 * 1. **Mutual exclusion**: of all `append`s of the same seq to the same partition, exactly one commits, whoever
 *    calls and from wherever. That one write is the only linearization point of the product.
 * 2. **Atomicity**: a record is there as a whole or not at all.
 * 3. **Durability**: a record whose `append` resolved with `committed: true` is never lost or changed.
 * 4. **Consistency**: every read sees all records that were committed before the read began.
 * 5. **An append that rejects may still have committed** (a lost response). Callers read on and look.
 *
 * Callers guarantee that they append seq n + 1 only after having seen record n, so a log has no gaps.
 */
export interface Log {
  /** The last record, or null for a log without records. */
  tail(key: PartitionKey): Promise<LogRecord | null>;

  /**
   * Commits `record` if no record has its seq yet. A conflict hands over the winner where the engine does so for
   * free (DynamoDB's ALL_OLD); otherwise `winner` is null and the caller reads it.
   * @throws LogUnavailableError when the outcome is unknown or the store refused for now; safe to try again.
   */
  append(key: PartitionKey, record: LogRecord): Promise<Appended>;

  /** The record with this seq, or null. */
  get(key: PartitionKey, seq: number): Promise<LogRecord | null>;

  /** Records with seq ≥ `from` in ascending order: at least one if any exists, at most `limit`. May return fewer than `limit` before the end (a page). */
  readForward(key: PartitionKey, from: number, limit: number): Promise<LogRecord[]>;

  /** Records with seq < `before` in descending order, with the same paging rule. */
  readBackward(key: PartitionKey, before: number, limit: number): Promise<LogRecord[]>;
}

export type Appended = { committed: true } | { committed: false; winner: LogRecord | null };

/** The store could not answer or did not say what became of the request. Trying again is safe. */
export class LogUnavailableError extends Error {
  override readonly name = 'LogUnavailableError';
  readonly key: PartitionKey;

  constructor(key: PartitionKey, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `The log of route "${key.route}", partition "${key.partition}" did not answer: ${reason}. Trying again is safe.`,
      { cause },
    );
    this.key = key;
  }
}

/** A stored record cannot be read: unknown version, or damaged bytes. Nothing is guessed; nothing goes on. */
export class LogCorruptError extends Error {
  override readonly name = 'LogCorruptError';
  readonly key: PartitionKey;
  readonly seq: number;

  constructor(key: PartitionKey, seq: number, detail: string, cause?: unknown) {
    super(
      `Record ${seq} of the log of route "${key.route}", partition "${key.partition}" cannot be read: ${detail}. ` +
        'It was damaged or written by a newer version; restore the table or run the version that wrote it.',
      { cause },
    );
    this.key = key;
    this.seq = seq;
  }
}
