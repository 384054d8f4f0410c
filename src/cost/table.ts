import type { Usage } from './bill.ts';
import type { Figures } from './figures.ts';
import { type Flow, recordBytesOf } from './traffic.ts';
import type { Work } from './work.ts';

/** What files make the product use of DynamoDB. */

const WRITE_UNIT_BYTES = 1_024;
const READ_UNIT_BYTES = 4_096;
const GB = 1e9;

/** Reconcile looks at a batch for a quarter of an hour, in so many runs; it notes how far when that spares it so many items. */
const RECONCILE_LOOKS = 4;
const RECONCILE_SPARES = 20;
/** By then reconcile has settled a batch, so that a late deadline of its window has nothing to do. */
const SETTLED_AFTER_MS = 6 * 60_000;
/** A function that was not called for this long (ms) may be gone, and reads a partition's tail anew. */
const COLD_AFTER_MS = 600_000;

export function table(work: Work): Usage[] {
  const { flow, figures, reconciles, traffic } = work;
  const { commits, perCommit, batches, byTimer, shared } = flow;
  const put = writesOf(recordBytesOf(perCommit, figures));
  const partition = writesOf(figures.partitionItemBytes);
  const tries = shared ? 1 + figures.lostRaces : 1;
  const settled = Math.min(batches, reconciles * traffic.partitions);
  const late = Math.max(0, flow.timers - byTimer);
  // One that comes before reconcile sees to the effects of the batch itself.
  const unsettled = flow.deadlineMs < SETTLED_AFTER_MS ? late : 0;
  const write = (what: string, quantity: number): Usage => ({
    service: 'DynamoDB',
    what,
    price: 'dynamoWrites',
    quantity,
  });
  const read = (what: string, quantity: number): Usage => ({
    service: 'DynamoDB',
    what,
    price: 'dynamoReads',
    quantity,
  });
  const bytes = bytesKept(work);
  // A process that goes on has the records of open windows at hand.
  const cold = flow.gapMs > COLD_AFTER_MS;
  return [
    write('records of the log', commits * put * tries + byTimer * writesOf(figures.recordBytes)),
    write(
      'items of partitions',
      partition * (Math.min(commits + byTimer, 2 * batches) + unsettled + settled),
    ),
    write('items of batches', 2 * batches * writesOf(figures.batchItemBytes)),
    write('how far reconcile looked', lookedAt(work).notes),
    read('records, to start executions', cold ? batches * readsOfBatch(flow, figures) : 0),
    read('tails, by processes that start', cold ? commits : 0),
    read('items of batches, when executions end', 2 * batches * readsOf(figures.batchItemBytes)),
    read('late deadlines', late * readsOfLate(work)),
    read('recent batches, by reconcile', lookedAt(work).reads),
    { service: 'DynamoDB', what: 'GB kept for a month', price: 'dynamoStorage', quantity: bytes / GB },
    {
      service: 'DynamoDB',
      what: 'GB kept restorable for a month',
      price: 'dynamoBackup',
      quantity: bytes / GB,
    },
  ];
}

function writesOf(bytes: number): number {
  return Math.ceil(bytes / WRITE_UNIT_BYTES);
}

function readsOf(bytes: number): number {
  return Math.ceil(bytes / READ_UNIT_BYTES);
}

/** The records that hold a batch are read at once; one record may hold several batches, and is read for each. */
function readsOfBatch({ batchSize, perCommit }: Flow, figures: Figures): number {
  // A batch begins and ends anywhere in a record.
  const records = 1 + Math.max(0, batchSize - 1) / perCommit;
  return readsOf(records * recordBytesOf(perCommit, figures));
}

/** A deadline that finds its window closed reads the tail and the partition's item, which says that all is settled. */
function readsOfLate({ flow, figures }: Work): number {
  return readsOf(figures.partitionItemBytes) + readsOf(recordBytesOf(flow.perCommit, figures));
}

/** What reconcile uses for batches, besides what it uses where there are none. */
export function lookedAt({
  flow,
  figures,
  reconciles,
  traffic,
}: Omit<Work, 'architecture' | 'transitions' | 'units'>): {
  reads: number;
  notes: number;
} {
  const looks = reconciles * traffic.routes;
  if (looks === 0 || flow.batches === 0) return { reads: 0, notes: 0 };
  const each = flow.batches / looks;
  // What is not worth a note yet is read again.
  const runs = Math.ceil(RECONCILE_SPARES / each);
  const items = each * (RECONCILE_LOOKS + (runs - 1) / 2);
  // A read is rounded up, half a unit on average; one unit is what it takes to find nothing.
  const units = Math.max(0, (items * figures.batchItemBytes) / READ_UNIT_BYTES - 0.5);
  return { reads: looks * units, notes: looks / runs };
}

function bytesKept({ flow, figures }: Pick<Work, 'flow' | 'figures'>): number {
  const { commits, perCommit, batches, byTimer } = flow;
  return (
    commits * recordBytesOf(perCommit, figures) +
    byTimer * figures.recordBytes +
    batches * figures.batchItemBytes
  );
}
