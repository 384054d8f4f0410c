import { crc32, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/core/decide.ts';
import type { ObjectEvent } from '../../src/core/event.ts';
import type { Policy } from '../../src/core/policy.ts';
import type { Batch, LogRecord, OpenWindow, PartitionKey, Tail } from '../../src/core/window.ts';
import { LogCorruptError } from '../../src/log/log.ts';
import { decodeRecord, encodedBytes, encodeRecord } from '../../src/log/record.ts';
import { logKey } from '../../src/table/layout.ts';
import {
  fullRecord,
  plainRecord,
  realisticEvent,
  realisticPolicy,
  START,
  seeded,
} from '../contracts/records.ts';

const key: PartitionKey = { route: 'sales', partition: 'acme' };

/** Any UTF-16, lone surrogates and astral characters included; often repetitive, as keys are. */
const text = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '__proto__', 'null', '0', '\ud83d', '\ude00', '\ud83d\ude00', 'a/b.csv', 'a/c.csv'),
);
/** Every finite number except −0, which no field of a record can mean. */
const number = fc.oneof(
  fc.integer({ min: 0, max: 5_000 }),
  fc.constantFrom(0, START, START + 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
  fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53, 0.1, -1),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
);

const limits = fc.record(
  { count: number, windowMs: number, bytes: number, quietMs: number },
  { requiredKeys: ['count', 'windowMs'] },
);
const policy: fc.Arbitrary<Policy> = fc.record(
  {
    version: text,
    limits,
    pipeline: fc.record({ name: text, stateMachineArn: text }),
    output: fc.record({ bucket: text, prefix: text }),
    csv: fc.record(
      { columns: fc.dictionary(text, text, { noNullPrototype: true }), delimiter: text },
      { requiredKeys: [] },
    ),
    parameters: fc.dictionary(text, fc.oneof(text, fc.boolean(), fc.constant(null), fc.array(text)), {
      noNullPrototype: true,
    }),
  },
  { requiredKeys: ['version', 'limits', 'pipeline'] },
);
const event: fc.Arbitrary<ObjectEvent> = fc.record(
  {
    bucket: text,
    key: text,
    size: number,
    etag: text,
    versionId: text,
    sequencer: text,
    id: text,
    time: number,
    arrival: number,
  },
  { requiredKeys: ['bucket', 'key', 'size', 'etag', 'time', 'arrival'] },
);
const window: fc.Arbitrary<OpenWindow> = fc.record({
  start: number,
  firstRecord: number,
  openedAt: number,
  lastAt: number,
  count: number,
  bytes: number,
  limits,
  policyVersion: text,
  first: text,
  last: text,
});
const batch: fc.Arbitrary<Batch> = fc.record(
  {
    id: text,
    seq: number,
    from: number,
    to: number,
    firstRecord: number,
    lastRecord: number,
    reason: fc.constantFrom('count', 'time', 'bytes', 'quiet', 'manual', 'schedule', 'marker'),
    openedAt: number,
    deadline: number,
    closedAt: number,
    count: number,
    bytes: number,
    policyVersion: text,
    by: fc.record({ flushId: text, who: text }),
  },
  {
    requiredKeys: [
      'id',
      'seq',
      'from',
      'to',
      'firstRecord',
      'lastRecord',
      'reason',
      'openedAt',
      'deadline',
      'closedAt',
      'count',
      'bytes',
      'policyVersion',
    ],
  },
);
const record: fc.Arbitrary<LogRecord> = fc.record(
  {
    seq: fc.integer({ min: 1, max: 999_999_999_999 }),
    at: number,
    events: fc.array(event, { maxLength: 6 }),
    closed: fc.array(batch, { maxLength: 4 }),
    state: fc.record({
      epoch: text,
      next: number,
      watermark: number,
      windowSeq: number,
      window: fc.option(window),
    }),
    policy,
  },
  { requiredKeys: ['seq', 'at', 'events', 'closed', 'state'] },
);
const partitionKey: fc.Arbitrary<PartitionKey> = fc.record({
  route: fc.stringMatching(/^[a-z0-9-]{1,40}$/),
  partition: text,
});

describe('an encoded record', () => {
  test('decodes to exactly what it was, whatever texts and numbers it holds', () => {
    fc.assert(
      fc.property(partitionKey, record, (at, original) => {
        expect(decodeRecord(at, original.seq, encodeRecord(at, original))).toStrictEqual(plain(original));
      }),
      { numRuns: 1000 },
    );
  });

  test('decodes to exactly what it was when a policy and its window agree, and when they hardly differ', () => {
    fc.assert(
      fc.property(record, policy, limits, fc.boolean(), (original, opened, others, same) => {
        const { state } = original;
        if (state.window === null) return;
        const agreeing = {
          ...state.window,
          policyVersion: opened.version,
          limits: same ? opened.limits : others,
        };
        const full = { ...original, policy: opened, state: { ...state, window: agreeing } };
        expect(decodeRecord(key, full.seq, encodeRecord(key, full))).toStrictEqual(plain(full));
      }),
    );
  });

  test('is the same bytes for equal records', () => {
    fc.assert(
      fc.property(record, (original) => {
        expect(encodeRecord(key, structuredClone(original))).toEqual(encodeRecord(key, original));
      }),
    );
  });

  test('keeps the order of CSV columns, which is the order in the files', () => {
    const ordered = { ...realisticPolicy(), csv: { columns: { zeta: 'INTEGER', alpha: 'VARCHAR' } } };
    const original = { ...plainRecord(1, 1), policy: ordered };
    const decoded = decodeRecord(key, 1, encodeRecord(key, original));
    expect(Object.keys(decoded.policy?.csv?.columns ?? {})).toEqual(['zeta', 'alpha']);
  });

  test('holds a batch id of another making as it is', () => {
    const original = fullRecord(key, 3, []);
    for (const id of ['', 'sales', '-', 'sales-0123456789ab-3-', 'other-0123456789ab-3-0123456789ab']) {
      const closed = original.closed.map((one) => ({ ...one, id }));
      expect(decodeRecord(key, 3, encodeRecord(key, { ...original, closed })).closed[0]?.id).toBe(id);
    }
  });

  test('takes no number that JSON cannot hold', () => {
    for (const at of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(() => encodeRecord(key, { ...plainRecord(1, 1), at })).toThrow(RangeError);
    }
  });

  test('has the size that encodedBytes says', () => {
    const original = fullRecord(key, 3, [realisticEvent(seeded(1), 1)]);
    expect(encodedBytes(key, original)).toBe(encodeRecord(key, original).length);
  });

  test('is still read as it was first written', () => {
    // Bytes of the first release. If this fails, records in use can no longer be read: take a new version.
    const random = seeded(7);
    const original = fullRecord(key, 3, [realisticEvent(random, 1), realisticEvent(random, 2)]);
    const decoded = decodeRecord(key, 3, Buffer.from(DEFLATED_SAMPLE, 'base64'));
    expect(decoded).toEqual(original);
    expect(decoded.closed[0]?.id).toBe('sales-f98d0eb43cfc-3-e1da539e5cac');
    expect(decodeRecord(key, 1, Buffer.from(PLAIN_SAMPLE, 'base64'))).toEqual(plainRecord(1, 1));
  });
});

describe('a damaged record', () => {
  const original = fullRecord(key, 3, [realisticEvent(seeded(1), 1), realisticEvent(seeded(2), 2)]);
  const bytes = encodeRecord(key, original);

  test('is noticed for every single flipped bit', () => {
    expect(decodeRecord(key, 3, bytes)).toEqual(original);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const damaged = Uint8Array.from(bytes);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => decodeRecord(key, 3, damaged), `bit ${bit}`).toThrow(LogCorruptError);
    }
  });

  test('is noticed wherever it ends too soon, and when something follows', () => {
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => decodeRecord(key, 3, bytes.subarray(0, length)), `${length} bytes`).toThrow(
        LogCorruptError,
      );
    }
    expect(() => decodeRecord(key, 3, Buffer.concat([bytes, Buffer.from([0])]))).toThrow(LogCorruptError);
  });

  test('is noticed when it lies under another seq, partition or route', () => {
    expect(() => decodeRecord(key, 4, bytes)).toThrow('checksum');
    expect(() => decodeRecord({ ...key, partition: 'acme2' }, 3, bytes)).toThrow(LogCorruptError);
    expect(() => decodeRecord({ ...key, route: 'sale' }, 3, bytes)).toThrow(LogCorruptError);
  });

  test('is named with its version when that is not known', () => {
    const newer = Uint8Array.from(bytes);
    newer[0] = 3;
    expect(() => decodeRecord(key, 3, newer)).toThrow(
      'Record 3 of the log of route "sales", partition "acme" cannot be read: its version is 3',
    );
  });

  test('never becomes anything but a record or a LogCorruptError, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (any) => {
        expect(() => decodeRecord(key, 3, any)).toThrow(LogCorruptError);
      }),
    );
  });

  test('is refused when checksum and compression are right but the layout is not', () => {
    for (const body of [
      '{}',
      '[]',
      '[1]',
      '[1,[],[]]',
      '[1,[1],["e",0,0,1]]',
      'nonsense',
      '[1,[],["e",0,0,"1"]]',
    ]) {
      expect(() => decodeRecord(key, 3, sealed(deflateRawSync(body)))).toThrow(LogCorruptError);
    }
    // The control: a right layout, sealed in the same way, is read.
    const { at, state } = plainRecord(3, 1);
    const layout = [at, [], [state.epoch, state.next, state.watermark - at, state.windowSeq]];
    expect(decodeRecord(key, 3, sealed(deflateRawSync(JSON.stringify(layout))))).toEqual(plainRecord(3, 1));
  });
});

describe('the size of realistic records', () => {
  /** Bytes of each record of 2,000 events in micro-batches of `events`, as the service would decide them. */
  function sizes(events: number): { opening: number[]; other: number[]; all: number } {
    const random = seeded(events);
    const found = { opening: [] as number[], other: [] as number[], all: 0 };
    let tail: Tail | null = null;
    for (let number = 0; number < 2000; number += events) {
      const batch = Array.from({ length: events }, (_, index) => realisticEvent(random, number + index));
      const now = Math.max(...batch.map((one) => one.arrival)) + 400;
      const command = {
        kind: 'append' as const,
        events: batch,
        policy: realisticPolicy(),
        newEpoch: '01jd8x0m7k-9f8a',
      };
      const decided = decide(key, tail, command, now);
      if (decided.kind !== 'record') throw new Error('an append makes a record');
      const bytes = encodedBytes(key, decided.record);
      found.all += bytes;
      (decided.record.policy === undefined ? found.other : found.opening).push(bytes);
      tail = decided.record;
    }
    return found;
  }

  test('is at most 45 bytes an event for micro-batches of 100', () => {
    expect(sizes(100).all / 2000).toBeLessThanOrEqual(45);
  });

  test('fits one write unit (1,024 bytes, the whole item) for micro-batches of 10 and of 1', () => {
    const { pk, sk } = logKey(key, 1);
    const keyBytes = 'pksk'.length + pk.length + sk.length + 'r'.length;
    for (const events of [1, 10]) {
      const { opening, other } = sizes(events);
      expect(Math.max(...opening, ...other) + keyBytes).toBeLessThanOrEqual(1024);
      // Only records that open a window carry a policy.
      expect(Math.min(...opening)).toBeGreaterThan(Math.min(...other));
    }
  });
});

/** A record without properties that are there but undefined, and without null prototypes. */
function plain(original: LogRecord): LogRecord {
  return structuredClone(original);
}

/** A body of version 2 under a right head for record 3 of the key. */
function sealed(body: Uint8Array): Uint8Array {
  const crc = crc32(body, crc32(JSON.stringify([key.route, key.partition, 3, 2])));
  const head = Buffer.alloc(5);
  head.writeUInt8(2, 0);
  head.writeUInt32BE(crc, 1);
  return Buffer.concat([head, body]);
}

const DEFLATED_SAMPLE = [
  'AlDXzV5l0lGP2yAMAOD/wjNcbQjB9OnWaX2YtIc9R9HJBeeaNU2rkO5u+/VTkknTNgkJy+DPgGgwRF9ZiAQAoBurG8',
  'XpKibzzGbgi5iBx9yPr0qrZbS6UenM91kmhF0/ptu1H193FmxtEI11u9uUZSpGaWXuPM1PqXxXWgF0J6qDo1NlxTv2',
  'wEKZZQVpw52vqOqcOGsrSigUuYuSwfoaMHmWLseuowzkT5Q6yjWfqHIAXWaIqwRQH8AdLcFG1uF4OHhv4+FYHT98XD',
  'fVFGoC0gjeuWBb3Rjcrg9rHGJFQSOib1cSv2V6h2u4mNgRK41gtbEedLW8F2jQJgJsqRAdIMGaVcwn9/nyYiKi0uoO',
  'X68/A76U/EktcKMEM3sXxSdOSi8UwsotYaV/nwq0q7cZNFpX+TpQ1IoIJIWQg1VaTTIIFzEn6W6TmOExprPSikd+ln',
  'e+3gd5Srfr2vavwgb/8K1W9+mWpBTT9YOUpX4a9/xW9mXmWcpeHuZNymxwj4horbXOObetfuF07kfZl3s/DG/8w/xj',
  '/fet0mPiWbLSqvAgZafatv0F',
].join('');
const PLAIN_SAMPLE = 'AVUZNm5bMTc5NTQyMDgwMDAwMSxbXSxbIjAxamQ4eDBtN2stOWY4YSIsMSwtMSwxXV0=';
