import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchId, identityDigest, parseBatchId, partitionDigest } from '../../src/core/batch.ts';
import {
  birthOf,
  compareSequencers,
  identityOf,
  isFolderMarker,
  type ObjectEvent,
} from '../../src/core/event.ts';

const KEY = { route: 'sales', partition: '' };
const RANGE = { seq: 7, from: 600, to: 700, first: 'abc', last: 'xyz' };

describe('a batch id', () => {
  test('is the same for the same events, and another for any others', () => {
    const id = batchId(KEY, '0epoch', RANGE);
    expect(batchId(KEY, '0epoch', { ...RANGE })).toBe(id);
    const others = [
      batchId({ ...KEY, partition: 'acme' }, '0epoch', RANGE),
      batchId(KEY, '1epoch', RANGE),
      ...(['seq', 'from', 'to'] as const).map((field) => batchId(KEY, '0epoch', { ...RANGE, [field]: 9 })),
      ...(['first', 'last'] as const).map((field) => batchId(KEY, '0epoch', { ...RANGE, [field]: 'other' })),
    ];
    expect(new Set([id, ...others]).size).toBe(others.length + 1);
  });

  test('is a name that Step Functions takes, however long route and partition are', () => {
    const route = fc.stringMatching(/^[a-z0-9-]{1,60}$/);
    fc.assert(
      fc.property(
        route,
        fc.string({ unit: 'binary' }),
        fc.integer({ min: 1, max: 10 ** 12 - 1 }),
        (name, partition, seq) => {
          const key = { route: name, partition };
          const id = batchId(key, '0mk0vehnszrp7je', { ...RANGE, seq });
          expect(id).toMatch(/^[0-9a-z-]{1,80}$/);
          expect(parseBatchId(id)).toEqual({
            route: name.slice(0, 32),
            partitionDigest: partitionDigest(key, '0mk0vehnszrp7je'),
            seq,
          });
        },
      ),
    );
  });

  test.each([
    '',
    'sales',
    'sales-5cf5529967a5-0-fe067c0a0755',
    'sales-5cf5529967a5-1-fe067c0a07',
    '../x',
    'S-5cf5529967a5-1-fe067c0a0755',
  ])('is not %j', (text) => {
    expect(parseBatchId(text)).toBeNull();
  });
});

describe('an event', () => {
  const event: ObjectEvent = {
    bucket: 'b',
    key: 'k',
    size: 1,
    etag: 'e',
    sequencer: '0a',
    time: 5,
    arrival: 9,
  };

  test('is the same as another by bucket, key, version and sequencer alone', () => {
    expect(identityOf({ ...event, size: 2, etag: 'f', time: 1, arrival: 2, id: 'x' })).toBe(
      identityOf(event),
    );
    for (const change of [{ bucket: 'c' }, { key: 'l' }, { versionId: 'v' }, { sequencer: '0b' }]) {
      expect(identityOf({ ...event, ...change })).not.toBe(identityOf(event));
      expect(identityDigest({ ...event, ...change })).not.toBe(identityDigest(event));
    }
  });

  test('cannot be confused with one whose parts run together differently', () => {
    const one = { ...event, key: 'a","b', versionId: 'c' };
    const other = { ...event, key: 'a', versionId: 'b","c' };
    expect(identityOf(one)).not.toBe(identityOf(other));
  });

  test('was born when it was written or when it arrived, whichever came first', () => {
    expect(birthOf(event)).toBe(5);
    expect(birthOf({ ...event, time: 20 })).toBe(9);
  });

  test('is a folder marker only if it is empty and its key ends in a slash', () => {
    expect([
      isFolderMarker({ key: 'in/', size: 0 }),
      isFolderMarker({ key: 'in/', size: 1 }),
      isFolderMarker({ key: 'in', size: 0 }),
    ]).toEqual([true, false, false]);
  });
});

test.each([
  ['1', '2', -1],
  ['0f', '10', -1],
  ['f', '10', -1],
  ['00a', 'a', 0],
  ['ff', '0fe', 1],
  [undefined, '1', -1],
  [undefined, undefined, 0],
])('sequencer %s against %s is %i', (a, b, expected) => {
  expect(compareSequencers(a, b)).toBe(expected);
});
