import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dynalite, type Engine } from '../../bench/log/engine.ts';
import { type Measured, measure, type Task } from '../../bench/log/measure.ts';
import { barePut } from '../../bench/log/strategies/floor.ts';
import { listOnWindow } from '../../bench/log/strategies/list.ts';
import { markerAndCounter, markersThenCounter } from '../../bench/log/strategies/markers.ts';
import { everythingWritten, log, logShared } from '../../bench/log/strategies/spillway.ts';
import type { Strategy } from '../../bench/log/strategies/strategy.ts';
import { tally } from '../../bench/log/tally.ts';
import { deliveries, fileOf } from '../../bench/log/workload.ts';

let engine: Engine;
beforeAll(() => {
  engine = dynalite();
});
afterAll(() => engine.stop());

function task(strategy: Strategy, changes: Partial<Task> = {}): Task {
  return {
    strategy,
    workload: { k: 10, prefixes: 1, keys: 'dated', again: { every: 5 }, seed: 7 },
    c: 1,
    batchEvents: 100,
    events: 300,
    ms: 20_000,
    ...changes,
  };
}
const NOTHING_WRONG = { lost: 0, doubled: 0, wrongSized: 0 };

describe.each([log, logShared, everythingWritten])('$name', (strategy) => {
  test('counts every event once, in batches of exactly a hundred', async () => {
    const { events, redelivered, tally } = await measure(engine, task(strategy));
    expect(events).toBe(300);
    expect(redelivered).toBeGreaterThan(0);
    expect(tally).toEqual({ batches: 3, ...NOTHING_WRONG });
  });

  test('does so with several callers', async () => {
    const { tally } = await measure(engine, task(strategy, { c: 4 }));
    expect(tally).toEqual({ batches: 3, ...NOTHING_WRONG });
  });

  test('does so on several prefixes', async () => {
    const workload = { ...task(strategy).workload, prefixes: 3 };
    const { tally } = await measure(engine, task(strategy, { workload, batchEvents: 10 }));
    expect(tally).toMatchObject(NOTHING_WRONG);
    expect(tally.batches).toBeGreaterThan(20);
  });
});

test('the floor asks once per micro-batch and takes each in once, also when it comes again', async () => {
  const { tally, usage, deliveries, redelivered } = await measure(engine, task(barePut));
  expect(tally).toEqual({ batches: 0, ...NOTHING_WRONG });
  expect(usage.PUT?.requests).toBe(deliveries - redelivered);
});

test.each([1, 10, 100])(
  'nobody is cheaper than the floor, the log neither, in micro-batches of %i',
  async (k) => {
    const workload = { ...task(log).workload, k };
    const units = async (strategy: Strategy) => {
      const { usage } = await measure(engine, task(strategy, { workload, events: 10 * k }));
      return Object.values(usage).reduce((sum, { wcu }) => sum + wcu, 0);
    };
    expect(await units(barePut)).toBeLessThanOrEqual(await units(log));
  },
);

test.each([1, 7, 10])(
  'two in a hundred events come again in every measurement, however short, in micro-batches of %i',
  async (k) => {
    const workload = { ...task(log).workload, k, again: { every: 50 } };
    const measured = await measure(engine, task(log, { workload, events: 1, ms: 0, c: 3 }));
    expect([measured.events, measured.deliveries, measured.redelivered]).toEqual([50 * k, 51, 1]);
    expect(measured.tally).toMatchObject(NOTHING_WRONG);
  },
);

test('the same micro-batches come again for everybody, also where only a part of one does', () => {
  const workload = { ...task(log).workload, k: 5, again: { every: 4, events: 2 } };
  const stretch = () => {
    const stream = deliveries(workload, 30);
    const found = [];
    do found.push(stream.next().value);
    while (!found.at(-1)?.ends);
    return found.map(({ events, again }) => ({ keys: events.map(({ key }) => key), again }));
  };
  const [first, second] = [stretch(), stretch()];
  expect(first).toEqual(second);
  expect(first.filter(({ again }) => !again).flatMap(({ keys }) => keys.map(fileOf))).toEqual(
    Array.from({ length: 20 }, (_, index) => 30 + index),
  );
  const again = first.findIndex((delivery) => delivery.again);
  expect(first.filter((delivery) => delivery.again)).toHaveLength(1);
  expect(first[again]?.keys).toEqual(first[again - 2]?.keys.slice(0, 2));
});

test.each([log, everythingWritten])(
  'windows that were filled before are counted to their end, and their filling is not measured: $name',
  async (strategy) => {
    const workload = { ...task(strategy).workload, prefixes: 4 };
    const filled = await measure(engine, task(strategy, { workload, filled: true, c: 2, batchEvents: 40 }));
    const empty = await measure(engine, task(strategy, { workload, c: 2, batchEvents: 40 }));
    expect(filled.tally).toMatchObject(NOTHING_WRONG);
    expect(filled.events).toBe(300);
    expect(filled.tally.batches).toBeGreaterThanOrEqual(empty.tally.batches);
    const writes = ({ usage }: Measured) => Object.values(usage).reduce((sum, { wcu }) => sum + wcu, 0);
    expect(writes(filled)).toBeLessThan(1.3 * writes(empty));
  },
);

test('the log counts every event once though processes die', async () => {
  const { died, tally } = await measure(engine, task(log, { diesPercent: 20, c: 2 }));
  expect(died).toBeGreaterThan(0);
  expect(tally).toEqual({ batches: 3, ...NOTHING_WRONG });
});

test('a marker and a counter lose events of processes that die', async () => {
  const { tally } = await measure(engine, task(markerAndCounter, { diesPercent: 50 }));
  expect(tally.lost).toBeGreaterThan(0);
});

test('one addition for all markers counts as many as there are while nobody dies', async () => {
  const { tally } = await measure(engine, task(markersThenCounter));
  expect(tally).toEqual({ batches: 3, ...NOTHING_WRONG });
});

test('a list on the window takes in again what comes again after it closed', async () => {
  const workload = { ...task(listOnWindow).workload, k: 50, again: { every: 1 } };
  const { tally } = await measure(engine, task(listOnWindow, { workload }));
  expect(tally.doubled).toBeGreaterThan(0);
});

test('the tally notices what is lost, doubled, and of another size', () => {
  const key = (file: number) => `chapter10/x/part-${String(file).padStart(9, '0')}-of-a-set.csv`;
  const members = (batches: number[][], open: number[]) => ({
    kind: 'members' as const,
    batches: batches.map((files) => files.map(key)),
    open: open.map(key),
  });
  expect(tally(members([[0, 1]], [2]), 3, 2)).toEqual({ batches: 1, ...NOTHING_WRONG });
  expect(tally(members([[0, 1]], []), 3, 2)).toMatchObject({ lost: 1 });
  expect(tally(members([[0, 1]], [1, 2]), 3, 2)).toMatchObject({ doubled: 1 });
  expect(tally(members([[0, 1, 2]], []), 3, 2)).toMatchObject({ wrongSized: 1 });
  expect(tally({ kind: 'count', counted: 2, batches: 1 }, 3, 2)).toMatchObject({ lost: 1 });
});
