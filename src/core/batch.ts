import { hash } from 'node:crypto';
import { identityOf, type ObjectEvent } from './event.ts';
import type { PartitionKey } from './window.ts';

/** Characters of the route's name that a batch id keeps. */
const ROUTE_CHARACTERS_MAX = 32;

/** What tells one batch of a partition from another, also after a restore to an older point. */
export interface BatchRange {
  /** Number of the window. */
  seq: number;
  from: number;
  to: number;
  /** Digests of the first and the last event's identity. */
  first: string;
  last: string;
}

/**
 * The id of a batch and the name of its execution: `<route>-<digest of route, partition, epoch>-<seq>-<digest of
 * from, to, first and last event>`. The same id means the same events. At most 80 characters of `[0-9a-z-]`, as
 * Step Functions asks of names (StartExecution API reference).
 */
export function batchId(key: PartitionKey, epoch: string, range: BatchRange): string {
  const events = hexDigest([range.from, range.to, range.first, range.last]);
  return `${batchIdStem(key, epoch, range.seq)}-${events}`;
}

/** A batch id without its last part: all that follows from the partition, its epoch and the window's number. */
export function batchIdStem(key: PartitionKey, epoch: string, seq: number): string {
  return `${key.route.slice(0, ROUTE_CHARACTERS_MAX)}-${partitionDigest(key, epoch)}-${seq}`;
}

/** Stands for a partition and its epoch in batch ids: 12 hexadecimal digits. */
export function partitionDigest(key: PartitionKey, epoch: string): string {
  return hexDigest([key.route, key.partition, epoch]);
}

/** Stands for an event's identity in the log's state: 64 bits in 11 characters. */
export function identityDigest(event: ObjectEvent): string {
  return hash('sha256', identityOf(event), 'buffer').subarray(0, 8).toString('base64url');
}

/** The parts of a batch id, or null for a text that is none. */
export interface BatchIdParts {
  /** The route's name, cut to 32 characters. */
  route: string;
  partitionDigest: string;
  seq: number;
}

export function parseBatchId(id: string): BatchIdParts | null {
  const match = /^([a-z0-9-]{1,32})-([0-9a-f]{12})-([1-9][0-9]{0,11})-[0-9a-f]{12}$/.exec(id);
  const [, route, digest, seq] = match ?? [];
  if (route === undefined || digest === undefined || seq === undefined) return null;
  return { route, partitionDigest: digest, seq: Number(seq) };
}

function hexDigest(parts: (string | number)[]): string {
  return hash('sha256', JSON.stringify(parts), 'hex').slice(0, 12);
}
