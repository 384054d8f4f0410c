import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  batchKey,
  compareKeyText,
  flushKey,
  logKey,
  partitionKey,
  pinKey,
  SEQ_MAX,
  type TableKey,
} from '../../src/table/layout.ts';
import { ODD_TEXTS } from '../contracts/odd-texts.ts';

const text = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  fc.string({ unit: 'binary', maxLength: 2000 }),
  fc.constantFrom(...ODD_TEXTS),
);
const route = fc.stringMatching(/^[a-z0-9-]{1,64}$/);
const seq = fc.integer({ min: 1, max: SEQ_MAX });

function expectHoldable({ pk, sk }: TableKey): void {
  for (const [value, bytesMax] of [
    [pk, 2048],
    [sk, 1024],
  ] as const) {
    expect(value.isWellFormed()).toBe(true);
    expect(Buffer.byteLength(value)).toBeGreaterThan(0);
    expect(Buffer.byteLength(value)).toBeLessThanOrEqual(bytesMax);
  }
}

test('every key can be held by DynamoDB, whatever the partition or flush id', () => {
  fc.assert(
    fc.property(route, text, seq, (name, odd, number) => {
      expectHoldable(logKey({ route: name, partition: odd }, number));
      expectHoldable(partitionKey({ route: name, partition: odd }));
      expectHoldable(flushKey(odd));
      expectHoldable(pinKey(odd, { route: name, partition: odd }));
    }),
  );
});

test('different things never lie in one place', () => {
  fc.assert(
    fc.property(route, route, text, text, (routeA, routeB, a, b) => {
      const same = routeA === routeB && a === b;
      const [left, right] = [
        { route: routeA, partition: a },
        { route: routeB, partition: b },
      ];
      expect(logKey(left, 1).pk === logKey(right, 1).pk).toBe(same);
      expect(JSON.stringify(partitionKey(left)) === JSON.stringify(partitionKey(right))).toBe(same);
      expect(pinKey('f', left).sk === pinKey('f', right).sk).toBe(same);
      expect(flushKey(a).pk === flushKey(b).pk).toBe(a === b);
    }),
  );
});

test('a pin never takes the place of its flush', () => {
  fc.assert(
    fc.property(route, text, (name, odd) => {
      expect(pinKey('f', { route: name, partition: odd }).sk).not.toBe(flushKey('f').sk);
    }),
  );
});

test('sort keys of records are in the order of their numbers, those of batches in the order of time', () => {
  fc.assert(
    fc.property(seq, seq, (a, b) => {
      const key = { route: 'r', partition: 'p' };
      expect(Math.sign(compareKeyText(logKey(key, a).sk, logKey(key, b).sk))).toBe(Math.sign(a - b));
      const ref = { route: 'r', id: 'same' };
      const [early, late] = [batchKey({ ...ref, closedAt: a }).sk, batchKey({ ...ref, closedAt: b }).sk];
      expect(Math.sign(compareKeyText(early, late))).toBe(Math.sign(a - b));
    }),
  );
});

test('ordinary partitions sort by their bytes in UTF-8', () => {
  const ordinary = fc.string({ unit: 'binary', maxLength: 200 }).filter((one) => one.isWellFormed());
  fc.assert(
    fc.property(ordinary, ordinary, (a, b) => {
      const sk = (partition: string) => partitionKey({ route: 'r', partition }).sk;
      expect(Math.sign(compareKeyText(sk(a), sk(b)))).toBe(
        Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))),
      );
    }),
  );
});
