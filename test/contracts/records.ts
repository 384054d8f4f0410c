import { batchId } from '../../src/core/batch.ts';
import type { ObjectEvent } from '../../src/core/event.ts';
import { type Policy, policyOf } from '../../src/core/policy.ts';
import type { LogRecord, PartitionKey } from '../../src/core/window.ts';

/** The same numbers for the same seed, uniform in [0, 1) (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function hexDigits(random: () => number, digits: number): string {
  return Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
}

export const START = Date.UTC(2026, 10, 23, 8);

/** An event as S3 reports it: 59-character key, MD5 as etag, sequencer that begins with the second. */
export function realisticEvent(random: () => number, number: number): ObjectEvent {
  const time = START + Math.floor(number * 0.14) * 1000;
  return {
    bucket: 'acme-data-lake-landing',
    key: `chapter10/incoming/2026-11-23/orders-${hexDigits(random, 12)}-part.csv`,
    size: Math.floor(random() * 9_000_000),
    etag: hexDigits(random, 32),
    sequencer: `00${Math.floor(time / 1000).toString(16)}${hexDigits(random, 8)}`.toUpperCase(),
    time,
    arrival: time + 300 + Math.floor(random() * 1600),
  };
}

export function realisticPolicy(): Policy {
  return policyOf({
    limits: { count: 100, windowMs: 3_600_000 },
    pipeline: {
      name: 'process-files',
      stateMachineArn: 'arn:aws:states:eu-west-1:111122223333:stateMachine:spillway-process-files',
    },
    output: { bucket: 'acme-data-lake-curated', prefix: 'sales/' },
  });
}

/** A record with every part: events, a closed batch, an open window, a policy. */
export function fullRecord(key: PartitionKey, seq: number, events: ObjectEvent[]): LogRecord {
  const at = START + seq * 60_000;
  const policy = realisticPolicy();
  const epoch = '01jd8x0m7k-9f8a';
  const range = { seq, from: 0, to: 100, first: 'kJ8sd02Lq1A', last: 'Zx81_f0aa2c' };
  return {
    seq,
    at,
    events,
    closed: [
      {
        id: batchId(key, epoch, range),
        seq,
        from: 0,
        to: 100,
        firstRecord: Math.max(1, seq - 3),
        lastRecord: seq,
        reason: 'manual',
        openedAt: at - 1_800_000,
        deadline: at + 1_800_000,
        closedAt: at,
        count: 100,
        bytes: 123_456_789,
        policyVersion: policy.version,
        by: { flushId: 'release-before-lunch', who: 'ana@example.com' },
      },
    ],
    state: {
      epoch,
      next: 100 + events.length,
      watermark: at - 250,
      windowSeq: seq + 1,
      window: {
        start: 100,
        firstRecord: seq,
        openedAt: at - 900,
        lastAt: at - 250,
        count: events.length,
        bytes: events.reduce((sum, event) => sum + event.size, 0),
        limits: policy.limits,
        policyVersion: policy.version,
        first: 'p0Qmz71_sdE',
        last: 'aab3Jk_-911',
      },
    },
    policy,
  };
}

/** The smallest record that tells itself apart from others of its seq. */
export function plainRecord(seq: number, mark: number): LogRecord {
  return {
    seq,
    at: START + seq,
    events: [],
    closed: [],
    state: { epoch: '01jd8x0m7k-9f8a', next: mark, watermark: START, windowSeq: 1, window: null },
  };
}
