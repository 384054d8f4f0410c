import { expect, test } from 'vitest';
import type { BenchOptions } from '../../bench/bench.ts';
import { type Case, interleaved, kept, type Row, roundsOf, shuffled } from '../../bench/log/interleaved.ts';
import type { Strategy } from '../../bench/log/strategies/strategy.ts';
import { transactionPerGroup } from '../../bench/log/strategies/transactions.ts';
import { comparison, ratio, ratioRange, summaries } from '../../bench/log/summary.ts';
import { lcg } from '../../bench/log/workload.ts';

/** An engine whose strategies ask it for nothing. */
const engine = {
  name: 'nothing',
  transactions: true,
  openTable: async () => ({ connect: () => expect.unreachable(), close: async () => {} }),
  stop: async () => {},
};

/** Measures strategies of these names; tells in which order they came, those of the warm-up too. */
async function measured(names: string[], options: Partial<BenchOptions> = {}, each: Partial<Case> = {}) {
  const order: string[] = [];
  const strategies = names.map(
    (name): Strategy => ({
      ...{ name, how: '', transactions: false },
      open: () => ({
        writer: () => ({ count: async () => {} }),
        outcome: async () => {
          order.push(name);
          return { kind: 'count', counted: 0, batches: 0 };
        },
      }),
    }),
  );
  const one: Case = {
    ...{ k: 1, c: 1, prefixes: 1, batchEvents: 100, keys: 'dated', strategies, ms: 0, ...each },
  };
  const rows = await interleaved([one], engine, {
    ...{ quick: true, rounds: 6, seed: 4, flags: {}, say: () => {} },
    ...options,
  });
  return { rows, order };
}

const NAMES = ['a', 'b', 'c', 'd'];

test('strategies come in another order in each round, after all of them were warmed up', async () => {
  const { rows, order } = await measured(NAMES);
  const rounds = Array.from({ length: 6 }, (_, round) =>
    order
      .slice(-4 * (6 - round))
      .slice(0, 4)
      .join(''),
  );
  expect(new Set(rounds).size).toBeGreaterThan(2);
  for (const round of rounds) expect([...round].sort()).toEqual(NAMES);
  expect(order.slice(-4 * 7, -4 * 6)).toEqual(NAMES);
  // And are listed as the case lists them.
  expect(rows.map(({ strategy }) => strategy)).toEqual(Array.from({ length: 6 }, () => NAMES).flat());
});

test('the same seed draws the same orders', async () => {
  expect((await measured(NAMES)).order).toEqual((await measured(NAMES)).order);
  expect((await measured(NAMES)).order).not.toEqual((await measured(NAMES, { seed: 5 })).order);
});

test('a shuffled list has the same entries, and each place may hold each of them', () => {
  const random = lcg(3);
  const firsts = new Set(Array.from({ length: 50 }, () => shuffled(NAMES, random)[0]));
  expect([...firsts].sort()).toEqual(NAMES);
  expect(shuffled([], random)).toEqual([]);
});

test.each([
  ['a case that needs five rounds gets five', { quick: false, rounds: 3 }, 5],
  ['a case that needs five rounds gets more where more are asked for', { quick: false, rounds: 7 }, 7],
  ['one round stays one, whatever a case needs', { quick: false, rounds: 1 }, 1],
  ['quick rounds stay as many as were asked for', { quick: true, rounds: 3 }, 3],
])('%s', (_, options, rounds) => {
  expect(roundsOf({ roundsMin: 5 }, options)).toBe(rounds);
});

/** A measurement of so many events a second, with these latencies. */
function row(strategy: string, round: number, events: number, latencies: number[] = []): Row {
  return {
    ...{ strategy, round, k: 1, c: 1, prefixes: 1, batchEvents: 100, keys: 'dated' },
    ...{ events, deliveries: latencies.length, redelivered: 0, died: 0, returned: 0, seconds: 1 },
    ...{ p50: 1, p99: 2, latencies, cpuMicros: 9, usage: {} },
    tally: { batches: 0, lost: 0, doubled: 0, wrongSized: 0 },
  };
}

test('latencies of all rounds are one pool, and a p99 of too few is not shown', () => {
  const many = [1, 2].map((round) =>
    row(
      'a',
      round,
      100,
      Array.from({ length: 50 }, (_, at) => at + round),
    ),
  );
  expect(summaries(many)).toMatchObject([{ deliveries: 100, p50: 26, p99: 50 }]);
  expect(summaries(many.slice(0, 1))).toMatchObject([{ deliveries: 50, p50: 25, p99: null }]);
});

test('kept rows have no single latencies: of them the middle of the rounds is shown', () => {
  const rows = [3, 8, 5].map((p99, round) => ({ ...kept(row('a', round, 100, [1])), p99 }));
  expect(rows[0]).not.toHaveProperty('latencies');
  expect(summaries(rows)).toMatchObject([{ p99: 5 }]);
});

test('beside the middle of the ratios stand the least and the greatest', () => {
  const rival = transactionPerGroup.name;
  const rows = [1.57, 0.96, 1.23].flatMap((times, round) => [
    row('log', round, 100 * times),
    row(rival, round, 100),
  ]);
  const of = { k: 1, c: 1, strategy: 'log' };
  const events = (one: Row) => one.events;
  expect(ratio(rows, of, rival, events)).toBeCloseTo(1.23);
  expect(ratioRange(rows, of, rival, events)).toBe('0.96–1.57');
  expect(ratioRange(rows.slice(0, 2), of, rival, events)).toBeNull();
  const [section] = comparison(rows, 'Somewhere', ['a note']);
  const cells = Object.fromEntries(section!.head.map((name, at) => [name, section!.rows[0]![at]]));
  expect(cells).toMatchObject({ strategy: 'log', 'ratio range': '0.96–1.57', deliveries: 0 });
  expect(section!.notes).toEqual(['a note']);
});
