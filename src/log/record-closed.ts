import { batchIdStem } from '../core/batch.ts';
import type { Batch, PartitionKey } from '../core/window.ts';
import { absolute, listOf, RecordShapeError, relative, textOf } from './record-fields.ts';

/** What the reader of a record's closed batches knows by then. */
export interface ClosedContext {
  key: PartitionKey;
  seq: number;
  at: number;
  epoch: string;
}

/** What a batch most likely continues from: the batch before it in the same record. */
interface Previous {
  seq: number;
  to: number;
  policyVersion: string;
}

const NONE_BEFORE: Previous = { seq: 0, to: 0, policyVersion: '' };

/**
 * The batches that a record closed. Of an id only its last part is stored: `batchIdStem` gives the rest, so a
 * change there needs a new record version.
 */
export function packClosed(closed: Batch[], context: ClosedContext): unknown[] {
  let previous = NONE_BEFORE;
  return closed.map((batch) => {
    const packed = packBatch(batch, previous, context);
    previous = batch;
    return packed;
  });
}

export function unpackClosed(packed: unknown, context: ClosedContext): Batch[] {
  let previous = NONE_BEFORE;
  return listOf(packed, 'closed').map((entry) => {
    const batch = unpackBatch(entry, previous, context);
    previous = batch;
    return batch;
  });
}

function packBatch(batch: Batch, previous: Previous, context: ClosedContext): unknown[] {
  const { seq, at } = context;
  const stem = `${batchIdStem(context.key, context.epoch, batch.seq)}-`;
  const packed: unknown[] = [
    batch.id.startsWith(stem) ? batch.id.slice(stem.length) : [batch.id],
    relative(batch.seq, previous.seq + 1),
    relative(batch.from, previous.to),
    relative(batch.count, 0),
    relative(batch.to, batch.from + batch.count),
    relative(batch.firstRecord, seq),
    relative(batch.lastRecord, seq),
    packReason(batch.reason),
    relative(batch.openedAt, at),
    relative(batch.deadline, batch.openedAt),
    relative(batch.closedAt, at),
    relative(batch.bytes, 0),
    batch.policyVersion === previous.policyVersion ? 0 : batch.policyVersion,
  ];
  if (batch.by !== undefined) packed.push(batch.by.flushId, batch.by.who);
  return packed;
}

function unpackBatch(packed: unknown, previous: Previous, context: ClosedContext): Batch {
  const [id, number, from, count, to, first, last, reason, opened, deadline, closed, bytes, version, ...by] =
    listOf(packed, 'batch');
  const seq = absolute(number, previous.seq + 1, 'batch seq');
  const start = absolute(from, previous.to, 'from');
  const events = absolute(count, 0, 'batch count');
  const openedAt = absolute(opened, context.at, 'batch openedAt');
  const batch: Batch = {
    id: Array.isArray(id)
      ? textOf(id[0], 'id')
      : `${batchIdStem(context.key, context.epoch, seq)}-${textOf(id, 'id')}`,
    seq,
    from: start,
    to: absolute(to, start + events, 'to'),
    firstRecord: absolute(first, context.seq, 'batch firstRecord'),
    lastRecord: absolute(last, context.seq, 'lastRecord'),
    reason: unpackReason(reason),
    openedAt,
    deadline: absolute(deadline, openedAt, 'deadline'),
    closedAt: absolute(closed, context.at, 'closedAt'),
    count: events,
    bytes: absolute(bytes, 0, 'batch bytes'),
    policyVersion: version === 0 ? previous.policyVersion : textOf(version, 'batch policyVersion'),
  };
  if (by.length > 0) batch.by = { flushId: textOf(by[0], 'flushId'), who: textOf(by[1], 'who') };
  return batch;
}

/** The number of a reason on disk is its place here. Only ever append. */
const REASONS: readonly Batch['reason'][] = [
  'count',
  'time',
  'bytes',
  'quiet',
  'manual',
  'schedule',
  'marker',
];

function packReason(reason: Batch['reason']): number {
  return REASONS.indexOf(reason);
}

function unpackReason(packed: unknown): Batch['reason'] {
  const reason = typeof packed === 'number' ? REASONS[packed] : undefined;
  if (reason === undefined) throw new RecordShapeError(`reason ${String(packed)} is not known`);
  return reason;
}
