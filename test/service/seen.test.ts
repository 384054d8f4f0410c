import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogRecord } from '../../src/core/window.ts';
import { createSeen } from '../../src/service/seen.ts';
import { plainRecord, realisticEvent, seeded } from '../contracts/records.ts';

function recordWith(seq: number, from: number, count: number): LogRecord {
  const events = Array.from({ length: count }, (_, index) =>
    realisticEvent(seeded(from + index), from + index),
  );
  return { ...plainRecord(seq, 1), events };
}

test('finds the record of each of a hundred thousand events, and none for an event it was not given', () => {
  const seen = createSeen();
  const records = Array.from({ length: 100 }, (_, index) => recordWith(index + 1, 1000 * index, 1000));
  for (const record of records) seen.add(record);
  expect(seen.size).toBe(100_000);
  const wrong = records.flatMap(({ seq, events }) =>
    events.filter((event) => seen.recordsWith(event).join() !== String(seq)),
  );
  expect(wrong).toEqual([]);
  const strangers = recordWith(1, 500_000, 1000).events;
  expect(strangers.filter((event) => seen.recordsWith(event).length > 0)).toEqual([]);
});

test('tells writes apart by key, version and sequencer, however alike', () => {
  const seen = createSeen();
  const [event] = recordWith(7, 1, 1).events;
  if (event === undefined) throw new Error('one event');
  seen.add({ ...recordWith(7, 1, 1), events: [event] });
  expect(seen.recordsWith({ ...event })).toEqual([7]);
  for (const other of [
    { ...event, key: `${event.key}a` },
    { ...event, key: event.key.slice(1) },
    { ...event, key: '' },
    { ...event, versionId: 'a' },
    { ...event, sequencer: `${event.sequencer}0` },
  ]) {
    expect(seen.recordsWith(other)).toEqual([]);
  }
});

test('gives back the largest seqs that a log can have, and every record that holds an event', () => {
  const event = realisticEvent(seeded(1), 1);
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 999_999_999_999 }), { maxLength: 20 }), (seqs) => {
      const seen = createSeen();
      for (const seq of seqs) seen.add({ ...plainRecord(seq, 1), events: [event] });
      expect(seen.recordsWith(event).toSorted((a, b) => a - b)).toEqual(seqs.toSorted((a, b) => a - b));
    }),
  );
});
