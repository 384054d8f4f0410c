import { expect, test } from 'vitest';
import { aims } from '../../bench/docs/aims.ts';
import { whyMissed } from '../../bench/docs/why-missed.ts';
import { checks } from '../../bench/figures/checks.ts';
import type { Results } from '../../bench/figures/figures.ts';
import { type Check, isReached, rowOf, summaryOf } from '../../bench/figures/figures.ts';
import { result, results, row, section } from './results.ts';

const RIVAL = 'transaction per 99 events';

function found(kept: Results, what: string): Check {
  const check = checks(kept).find((each) => each.what === what);
  if (!check) throw new Error(`There is no aim "${what}".`);
  return check;
}

test('a figure is reached, missed, or not measured', () => {
  const units = (wcu: number) =>
    found(results(result('hot', [row('log', { wcu })])), 'WCU per event, log alone, k=10 c=1');
  expect(units(0.1)).toMatchObject({ about: 'write units', measured: 0.1 });
  expect(isReached(units(0.1))).toBe(true);
  expect(isReached(units(0.11))).toBe(false);
  for (const check of checks(new Map())) {
    expect(check.measured, check.what).toBeNull();
    expect(isReached(check)).toBe(false);
  }
});

test('strategies are compared within each round; the median of the rounds counts, and their range is shown', () => {
  const rows = [1, 2, 3].flatMap((round) => [
    row('log', { round, wcu: 0.1 * round }),
    row(RIVAL, { round, wcu: [2, 5, 30][round - 1]! }),
  ]);
  const check = found(
    results(result('hot', rows)),
    'times cheaper than 99 in a transaction, log alone, k=10',
  );
  // 20, 25 and 100 times; the ratio of the medians would be 25 as well, that of the means 62.
  expect(check.measured).toBeCloseTo(25);
  expect(rowOf(check).slice(3, 6)).toEqual(['25', '20 to 100', 'reached']);
});

test('what all items cost is shown beside the log, and judges nothing', () => {
  const rows = [row('log', { wcu: 0.1 }), row('log + all items', { wcu: 0.14 })];
  const kept = results(result('hot', rows));
  const check = found(kept, 'WCU per event, log alone, k=10 c=1');
  expect(rowOf(check).at(-1)).toBe('0.14');
  expect(isReached(check)).toBe(true);
  expect(summaryOf(checks(kept))).toMatch(/^1 of \d+ reached.*by it, 0 of 1 are reached\.$/);
});

test('what comes again after a death is no redelivery', () => {
  const kept = results(result('exact', [row('log', { deliveries: 100, redelivered: 1, died: 50 })]));
  const check = found(kept, '% of micro-batches that came again, those after a death not counted');
  expect(check.measured).toBe(1);
  expect(isReached(check)).toBe(false);
});

test('processor time is judged by the median of the rounds, and the reason names the best', () => {
  const rounds = [12, 9, 11].map((value, at) => ({
    ...{ round: at + 1, what: 'commit', k: 10, batchEvents: 100, keys: 'dated', value },
  }));
  const kept = results(result('inside', rounds));
  const check = found(kept, 'µs of CPU per event of a whole commit on a log in memory, k=10');
  expect(check).toMatchObject({ measured: 11, range: [9, 12] });
  expect(whyMissed(check, kept)).toContain('The best round, 9, reaches it.');
});

test('p99 is that of the deliveries of all rounds, as the table has it', () => {
  const table = section('One hot route, one caller', ['k', 'strategy', 'p99 ms'], [['10', 'log', 7]]);
  const kept = results(result('hot', [row('log', { p99: 3 })], [table]));
  expect(found(kept, 'p99 in ms, log alone, k=10').measured).toBe(7);
});

test('why one event in a request is hardly faster is told by what one request takes', () => {
  const hot = [
    row('log', { k: 1, p50: 9 }),
    row(RIVAL, { k: 1, p50: 10 }),
    row('log', { k: 1, round: 2, p50: 9 }),
    row(RIVAL, { k: 1, round: 2, p50: 10 }),
  ];
  const requests = section(
    'What one request takes',
    ['request', 'client', 'p50 ms', 'p99 ms', 'CPU µs'],
    [
      ['conditional put', 'AWS SDK', 1.2, 4, 800],
      ['conditional put', 'bare HTTP', 0.75, 2, 250],
      ['transaction of two items', 'AWS SDK', 2.1, 5, 900],
      ['transaction of two items', 'bare HTTP', 1.65, 3, 300],
    ],
  );
  const speed = 'times as many events/s as 99 in a transaction, log alone, k=1 c=1';
  const without = results(result('hot', hot));
  expect(whyMissed(found(without, speed), without)).toContain('hides part of the difference');
  const kept = results(result('hot', hot), result('inside', [], [requests]));
  expect(whyMissed(found(kept, speed), kept)).toMatch(
    /1\.2 and 2\.1 ms: a ratio of 0\.57, where 550 of the 800 µs .* 0\.75 and 1\.65 ms: a ratio of 0\.45\./,
  );
  // The second row with the same reason points at the first.
  expect(aims(kept)).toContain('| as for speed above |');
});
