import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PAGE, README } from '../../bench/docs/docs.ts';
import { page } from '../../bench/docs/page.ts';
import { readResults } from '../../bench/docs/results-folder.ts';
import { short, usualCost, withShort } from '../../bench/docs/short.ts';
import { checks } from '../../bench/figures/checks.ts';
import { isReached } from '../../bench/figures/figures.ts';
import type { Row } from '../../bench/log/interleaved.ts';
import type { Result } from '../../bench/results.ts';

test('docs/performance.md and its charts are what the kept results give: npm run bench -- docs', async () => {
  const results = await readResults();
  const inShort = short(results, await usualCost());
  const { text, pictures } = page(results, inShort);
  expect(existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '').toBe(text);
  const readme = readFileSync(README, 'utf8');
  expect(readme).toContain(inShort);
  expect(withShort(readme, inShort)).toBe(readme);
  for (const { file, svg } of pictures) expect(readFileSync(`docs/performance/${file}`, 'utf8')).toBe(svg);
});

test('every aim was measured, in full and not quickly', async () => {
  const results = await readResults();
  expect(checks(results).filter(({ measured }) => measured === null)).toEqual([]);
  expect([...results.values()].filter(({ quick }) => quick).map(({ name }) => name)).toEqual([]);
});

/** A measurement of one hot route with so many write units per event. */
function row(strategy: string, round: number, units: number): Row {
  return {
    ...{ strategy, round, k: 10, c: 1, prefixes: 1, batchEvents: 100, keys: 'dated' },
    ...{
      events: 1000,
      deliveries: 100,
      redelivered: 2,
      died: 0,
      returned: 0,
      seconds: 1,
      p50: 1,
      p99: 2,
      cpuMicros: 9,
    },
    usage: { LOG: { wcu: units * 1000, rcu: 0, requests: 100, refused: 0 } },
    tally: { batches: 10, lost: 0, doubled: 0, wrongSized: 0 },
  };
}

function resultsWith(rows: Row[]): Map<string, Result> {
  const machine = { cores: 2, cpu: 'a CPU', memoryGiB: 4, node: 'v24.0.0', system: 'linux x64' };
  const hot: Result = {
    ...{ schemaVersion: 1, name: 'hot', date: '2026-01-05T08:00:00.000Z', quick: false, machine },
    sections: [],
    rows,
  };
  return new Map([['hot', hot]]);
}

test('a figure is reached, missed, or not measured', () => {
  const units = (wcu: number) =>
    checks(resultsWith([row('log', 1, wcu)])).find(({ what }) => what === 'WCU per event, k=10 c=1');
  expect(units(0.1)).toMatchObject({ figure: 2, measured: 0.1 });
  expect(isReached(units(0.1)!)).toBe(true);
  expect(isReached(units(0.11)!)).toBe(false);
  for (const check of checks(new Map())) {
    expect(check.measured, check.what).toBeNull();
    expect(isReached(check)).toBe(false);
  }
});

test('strategies are compared within each round, and the middle of the rounds counts', () => {
  const rival = 'transaction per 99 events';
  const rows = [1, 2, 3].flatMap((round) => [
    row('log', round, 0.1 * round),
    row(rival, round, [2, 5, 30][round - 1]!),
  ]);
  const check = checks(resultsWith(rows)).find(
    ({ what }) => what === 'times cheaper than 99 in a transaction, k=10',
  );
  // 20, 25 and 100 times; the ratio of the medians would be 25 as well, that of the means 62.
  expect(check?.measured).toBeCloseTo(25);
});
