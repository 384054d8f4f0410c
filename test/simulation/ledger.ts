import type { ObjectEvent } from '../../src/core/event.ts';
import type { Policy } from '../../src/core/policy.ts';
import type { Batch, LogRecord, PartitionKey } from '../../src/core/window.ts';
import type { Commit } from './history.ts';
import { partitionsOf } from './settle.ts';
import type { World } from './world.ts';

/** What the logs say in the end, next to what really happened. The checker works from this alone. */
export interface Ledger {
  partitions: PartitionLedger[];
  batches: BatchLedger[];
}

export interface PartitionLedger {
  key: PartitionKey;
  records: LogRecord[];
  /** All events in log order: the index is the offset. */
  events: ObjectEvent[];
  batches: BatchLedger[];
  /** The commit that wrote each record, by seq. */
  commits: Map<number, Commit>;
}

export interface BatchLedger {
  key: PartitionKey;
  epoch: string;
  batch: Batch;
  events: ObjectEvent[];
  /** The policy that its window opened with, by the record that opened it. */
  policy: Policy | undefined;
  /** True times of the commits that opened and closed it. */
  openedTrueAt: number;
  closedTrueAt: number;
}

const PAGE = 1_000;

export async function readLedger({ log, history }: World): Promise<Ledger> {
  const partitions: PartitionLedger[] = [];
  for (const key of partitionsOf(history.commits)) {
    const records: LogRecord[] = [];
    for (;;) {
      const page = await log.readForward(key, (records.at(-1)?.seq ?? 0) + 1, PAGE);
      if (page.length === 0) break;
      records.push(...page);
    }
    const own = history.commits.filter((commit) => isSame(commit.key, key));
    partitions.push(partitionOf(key, records, new Map(own.map((commit) => [commit.seq, commit]))));
  }
  return { partitions, batches: partitions.flatMap(({ batches }) => batches) };
}

function partitionOf(key: PartitionKey, records: LogRecord[], commits: Map<number, Commit>): PartitionLedger {
  const events = records.flatMap((record) => record.events);
  const bySeq = new Map(records.map((record) => [record.seq, record]));
  const trueAt = (seq: number) => commits.get(seq)?.trueAt ?? Number.NaN;
  const batches = records.flatMap((record) =>
    record.closed.map((batch) => ({
      key,
      epoch: record.state.epoch,
      batch,
      events: events.slice(batch.from, batch.to),
      policy: bySeq.get(batch.firstRecord)?.policy,
      openedTrueAt: trueAt(batch.firstRecord),
      closedTrueAt: trueAt(record.seq),
    })),
  );
  return { key, records, events, batches, commits };
}

/** The checker's own idea of what makes two notices the same event. */
export function writeName(event: ObjectEvent): string {
  const write = event.sequencer === undefined ? ['notice', event.id] : ['write', event.sequencer];
  return JSON.stringify([event.bucket, event.key, event.versionId ?? null, ...write]);
}

export function isSame(a: PartitionKey, b: PartitionKey): boolean {
  return a.route === b.route && a.partition === b.partition;
}

export function nameOf({ route, partition }: PartitionKey): string {
  return `${route}/${partition}`;
}
