import type { ObjectEvent } from '../../../src/core/event.ts';
import type { Table } from '../../../src/table/items.ts';

/** Events that make a batch, in every strategy unless a part says otherwise. */
export const BATCH_EVENTS = 100;

/** One way to count events on a table and to cut them into batches of exactly {@link BATCH_EVENTS}. */
export interface Strategy {
  name: string;
  /** How it works, in a few words. */
  how: string;
  /** Whether it needs transactions, which dynalite has not. */
  transactions: boolean;
  open(on: Ground): Opened;
}

export interface Ground {
  /** The table over a client of its own, as another process would have. */
  connect(): Table;
  partitionOf(event: ObjectEvent): string;
  /** Every partition that there may be. */
  partitions: string[];
  batchEvents: number;
}

export interface Opened {
  /** A process of its own, with nothing in its memory. */
  writer(): Writer;
  /** What the table says in the end. */
  outcome(): Promise<Outcome>;
}

export interface Writer {
  /** Counts a micro-batch. Resolves when all of it is counted, or was before. */
  count(events: ObjectEvent[]): Promise<void>;
}

export type Outcome =
  /** Keys of the events in each batch, and of those that are in none yet. */
  | { kind: 'members'; batches: string[][]; open: string[] }
  /** The strategy knows how many it counted, but not which. */
  | { kind: 'count'; counted: number; batches: number };

/** A micro-batch's events by partition, in their order. */
export function byPartition(events: ObjectEvent[], { partitionOf }: Ground): Map<string, ObjectEvent[]> {
  return Map.groupBy(events, partitionOf);
}
