import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { LogRecord, PartitionKey } from '../core/window.ts';
import { LogCorruptError } from './log.ts';
import { packClosed, unpackClosed } from './record-closed.ts';
import { packEvents, unpackEvents } from './record-events.ts';
import { absolute, listOf, relative } from './record-fields.ts';
import { packPolicy, packState, unpackPolicy, unpackState } from './record-state.ts';

/**
 * A record as bytes:
 *
 *     version (1) · CRC-32 (4, big-endian) · body
 *
 * The body is JSON by position, `[at, events, state, closed, policy]`; version 1 holds it plain, version 2
 * deflated (raw). Bucket, common parts of keys, limits and ids are written once, times as differences. The
 * checksum also covers partition and seq: a record that lies under another's key is as corrupt as a damaged one.
 * A change of the layout takes a new version; readers keep the old ones.
 */
const VERSION_PLAIN = 1;
const VERSION_DEFLATED = 2;
const HEAD_BYTES = 5;

/**
 * How large an encoded record may become (bytes). DynamoDB refuses items over 400 KB (service quotas); the
 * distance leaves room for keys, and for a late closed list.
 */
export const RECORD_BYTES_MAX = 300 * 1024;

const DEFLATE = { level: 9 };
/** Most records are small, and setting up deflate's usual 256 KB costs more than deflating them. */
const DEFLATE_SMALL = { level: 9, windowBits: 12, memLevel: 5 };
const SMALL_BYTES = 4096;

/**
 * The bytes of a record; equal records give equal bytes. Numbers must be finite.
 * @throws RangeError for a number that is not.
 */
export function encodeRecord(key: PartitionKey, record: LogRecord): Uint8Array {
  const plain = Buffer.from(JSON.stringify(packRecord(key, record)), 'utf8');
  const deflated = deflateRawSync(plain, plain.length < SMALL_BYTES ? DEFLATE_SMALL : DEFLATE);
  const [version, body] =
    deflated.length < plain.length ? [VERSION_DEFLATED, deflated] : [VERSION_PLAIN, plain];
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(version, 0);
  head.writeUInt32BE(checksum(key, record.seq, version, body), 1);
  return Buffer.concat([head, body]);
}

/** How many bytes {@link encodeRecord} makes of a record; compare with {@link RECORD_BYTES_MAX}. */
export function encodedBytes(key: PartitionKey, record: LogRecord): number {
  return encodeRecord(key, record).length;
}

/**
 * The record that was encoded for this partition and seq.
 * @throws LogCorruptError when the bytes are damaged, of an unknown version, or another record's.
 */
export function decodeRecord(key: PartitionKey, seq: number, bytes: Uint8Array): LogRecord {
  const stored = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (stored.length <= HEAD_BYTES) {
    throw new LogCorruptError(key, seq, `it has ${stored.length} bytes, expected more than ${HEAD_BYTES}`);
  }
  const version = stored.readUInt8(0);
  if (version !== VERSION_PLAIN && version !== VERSION_DEFLATED) {
    throw new LogCorruptError(key, seq, `its version is ${version}, known are 1 and 2`);
  }
  const body = stored.subarray(HEAD_BYTES);
  if (stored.readUInt32BE(1) !== checksum(key, seq, version, body)) {
    throw new LogCorruptError(key, seq, 'its checksum does not match its bytes');
  }
  try {
    const plain = version === VERSION_DEFLATED ? inflateRawSync(body) : body;
    return unpackRecord(key, seq, JSON.parse(plain.toString('utf8')));
  } catch (cause) {
    throw new LogCorruptError(key, seq, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function packRecord(key: PartitionKey, record: LogRecord): unknown[] {
  const { seq, at, events, state, closed, policy } = record;
  const packed: unknown[] = [
    relative(at, 0),
    packEvents(events, at),
    packState(state, { seq, at, policy }),
    closed.length === 0 ? 0 : packClosed(closed, { key, seq, at, epoch: state.epoch }),
    policy === undefined ? 0 : packPolicy(policy),
  ];
  while (packed.at(-1) === 0) packed.pop();
  return packed;
}

function unpackRecord(key: PartitionKey, seq: number, packed: unknown): LogRecord {
  const [time, events, statePacked, closed = 0, policyPacked = 0] = listOf(packed, 'record');
  const at = absolute(time, 0, 'at');
  const policy = policyPacked === 0 ? undefined : unpackPolicy(policyPacked);
  const state = unpackState(statePacked, { seq, at, policy });
  const record: LogRecord = {
    seq,
    at,
    events: unpackEvents(events, at),
    closed: closed === 0 ? [] : unpackClosed(closed, { key, seq, at, epoch: state.epoch }),
    state,
  };
  if (policy !== undefined) record.policy = policy;
  return record;
}

function checksum(key: PartitionKey, seq: number, version: number, body: Uint8Array): number {
  return crc32(body, crc32(JSON.stringify([key.route, key.partition, seq, version])));
}
