import { createHash } from 'node:crypto';
import type { PartitionKey } from '../core/window.ts';

/**
 * Where things lie in the one table. `pk` and `sk` are strings.
 *
 * | item | pk | sk |
 * |---|---|---|
 * | record | `LOG#<route>#<partition>` | seq, 12 digits |
 * | partition | `ROUTE#<route>` | `=<partition>` |
 * | route registry | `ROUTES` | `<route>` |
 * | batch | `BATCHES#<route>` | `<closedAt, 15 digits>#<id>` |
 * | batches that have not ended | `UNENDED#<route>` | `=` |
 * | flush | `FLUSH#<id>` | `=` |
 * | pin of a flush | `FLUSH#<id>` | `<route>#<partition>` |
 *
 * A text that no key can hold (too long, or with lone surrogates, which UTF-8 cannot express) is replaced by
 * `~` and a digest; the item itself then carries the text. Route names are `[a-z0-9-]`, so `#` ends them.
 */
export interface TableKey {
  pk: string;
  sk: string;
}

/** DynamoDB's limits for key values (developer guide, quotas): bytes of UTF-8. */
const PK_BYTES_MAX = 2048;
const SK_BYTES_MAX = 1024;

const SEQ_DIGITS = 12;
const TIME_DIGITS = 15;

/** The largest seq that a sort key can hold. */
export const SEQ_MAX = 10 ** SEQ_DIGITS - 1;

/** @throws RangeError for a seq that is not an integer from 1 to {@link SEQ_MAX}. */
export function logKey(key: PartitionKey, seq: number): TableKey {
  if (!Number.isInteger(seq) || seq < 1 || seq > SEQ_MAX) {
    throw new RangeError(`A record's seq is an integer from 1 to ${SEQ_MAX}, not ${seq}.`);
  }
  return { pk: logPk(key), sk: seqSk(seq) };
}

/** A bound for sort keys of records, for any number: the nearest seq that is not below it. */
export function seqSk(seq: number): string {
  return padded(Math.min(Math.max(Math.ceil(seq), 0), SEQ_MAX), SEQ_DIGITS);
}

export function seqOf(sk: string): number {
  return Number(sk);
}

export function logPk(key: PartitionKey): string {
  return holdable(`LOG#${key.route}#`, key.partition, PK_BYTES_MAX);
}

export const ROUTES_PK = 'ROUTES';

export function partitionKey(key: PartitionKey): TableKey {
  return { pk: partitionsPk(key.route), sk: partitionSk(key.partition) };
}

export function partitionsPk(route: string): string {
  return `ROUTE#${route}`;
}

/** Partitions list in this order: by UTF-8 bytes, those that no key can hold last. */
export function partitionSk(partition: string): string {
  return holdable('=', partition, SK_BYTES_MAX);
}

export function batchKey(ref: { route: string; closedAt: number; id: string }): TableKey {
  return { pk: batchesPk(ref.route), sk: batchSk(ref) };
}

export function batchesPk(route: string): string {
  return `BATCHES#${route}`;
}

export function batchSk(ref: { closedAt: number; id: string }): string {
  return `${padded(ref.closedAt, TIME_DIGITS)}#${ref.id}`;
}

/** A bound for sort keys of batches: those that closed at this instant (ms) or later. */
export function closedSk(at: number): string {
  return padded(Math.min(Math.max(Math.ceil(at), 0), 10 ** TIME_DIGITS - 1), TIME_DIGITS);
}

export function unendedKey(route: string): TableKey {
  return { pk: `UNENDED#${route}`, sk: '=' };
}

export function flushKey(id: string): TableKey {
  return { pk: flushPk(id), sk: '=' };
}

export function flushPk(id: string): string {
  return holdable('FLUSH#', id, PK_BYTES_MAX);
}

export function pinKey(flushId: string, key: PartitionKey): TableKey {
  return { pk: flushPk(flushId), sk: holdable(`${key.route}#`, key.partition, SK_BYTES_MAX) };
}

/** Compares two key values as DynamoDB does: by their bytes in UTF-8. */
export function compareKeyText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}

/** `head` and `text`, or `head` with its last character's place taken by `~` and a digest of `text`. */
function holdable(head: string, text: string, bytesMax: number): string {
  const whole = head + text;
  if (whole.isWellFormed() && Buffer.byteLength(whole, 'utf8') <= bytesMax) return whole;
  const digest = createHash('sha256').update(JSON.stringify(text)).digest('hex');
  return `${head.slice(0, -1)}~${digest}`;
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
