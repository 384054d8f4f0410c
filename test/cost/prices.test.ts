import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type CostQuestion, costsOf } from '../../src/cost/costs.ts';
import { FIGURE_NAMES, FIGURES, leastOf } from '../../src/cost/figures.ts';
import { originOf } from '../../src/cost/origin.ts';
import { PRICE_NAMES, PricesInvalidError, parsePrices } from '../../src/cost/prices.ts';
import { partsOf } from '../../src/cost/standing.ts';
import { MONTH_MS } from '../../src/cost/traffic.ts';

const shipped = await readFile(new URL('../../src/cost/prices.yml', import.meta.url), 'utf8');
const table = parsePrices(shipped, 'prices.yml', null);

const QUESTION: CostQuestion = {
  traffic: {
    ...{ files: 1_000_000, overMs: MONTH_MS, burst: 100, fileBytes: 50_000, partitions: 1, routes: 1 },
    ...{ count: 100, windowMs: 3_600_000, quietMs: null, failedPercent: 0 },
  },
  parts: partsOf({ routes: 1, dedicated: 0, pipelines: 1, partitions: 1, ticks: [] }),
  architecture: 'arm64',
  transitions: (units) => 7 + units,
  freeTier: false,
};
const ours = (prices = table) => costsOf(QUESTION, prices).ways[0]!;

test('an own file changes what it names and nothing else', () => {
  const own = parsePrices(
    'region: eu-central-1\nprices: { sqsRequests: { price: 0.8 } }\n',
    'own.yml',
    table,
  );
  expect(own.region).toBe('eu-central-1');
  expect(own.prices.sqsRequests).toMatchObject({ price: 0.8, per: 1_000_000, source: 'own.yml' });
  expect({ ...own.prices, sqsRequests: null }).toEqual({ ...table.prices, sqsRequests: null });
  const doubled = ours(own);
  expect(doubled.services.SQS).toBeCloseTo(2 * ours().services.SQS, 9);
  const slower = parsePrices('figures: { commitMs: 400 }', 'own.yml', table);
  expect(ours(slower).services.Lambda).toBeGreaterThan(2 * ours().services.Lambda);
});

test.each([
  [
    'prices: { sqsRequests: { price: -1 } }',
    'own.yml:1:33 prices.sqsRequests.price is -1; expected a price of 0 or more',
  ],
  ['prices: { sqsRequests: { per: 0 } }', 'prices.sqsRequests.per is 0; expected a number of units above 0'],
  ['prices: { sqsRequest: {} }', 'prices.sqsRequest is not a known key'],
  [
    'price: {}',
    'price is not a known key; expected one of region, currency, prices, figures. Did you mean "prices"?',
  ],
  ['figures: { eventBytes: many }', 'figures.eventBytes is "many"; expected a number of 1 or more'],
  ['figures: { commitMs: .inf }', 'figures.commitMs is .inf; expected'],
  [
    'figures: { pollSeconds: 0 }',
    'own.yml:1:25 figures.pollSeconds is 0; expected a number of 1 or more, such as 20',
  ],
  ['figures: { noticeBytes: 0 }', 'figures.noticeBytes is 0; expected a number of 1 or more'],
  ['figures: { ingestSharing: 0.5 }', 'figures.ingestSharing is 0.5; expected a number of 1 or more'],
  ['figures: { lostRaces: -1 }', 'figures.lostRaces is -1; expected a number of 0 or more'],
  ['[1, 2', 'own.yml:1:'],
  ['', 'own.yml:1:1 the file is empty; expected prices or figures of your own'],
  ['# nothing yet\n', 'own.yml:1:1 the file is empty; expected prices or figures of your own'],
  [
    'currency: EUR\nprices: { sqsRequests: { price: 0.4 } }',
    'own.yml:1:11 currency is "EUR"; expected USD, or all 26 prices in EUR; 25 are missing, the first is eventBridgeEvents',
  ],
])('a file of prices with %j is refused in words', (content, message) => {
  expect(() => parsePrices(content, 'own.yml', table)).toThrow(PricesInvalidError);
  expect(() => parsePrices(content, 'own.yml', table)).toThrow(message);
});

test('every figure may be as small as it says, and then costs are still numbers', () => {
  const least = FIGURE_NAMES.map((name) => `${name}: ${leastOf(name)}`).join(', ');
  const { ways } = costsOf(QUESTION, parsePrices(`figures: { ${least} }`, 'own.yml', table));
  for (const { total, standing } of ways) expect([total, standing].every(Number.isFinite)).toBe(true);
  for (const name of FIGURE_NAMES) expect(FIGURES[name]).toBeGreaterThanOrEqual(leastOf(name));
});

test('prices are of the earliest day on which one was seen', () => {
  expect(originOf(table)).toBe('USD in us-east-1, prices as of 2026-11-23');
  const older = 'prices: { alarms: { price: 0.1, seen: "2025-01-31" }, kmsKeys: { price: 1 } }';
  expect(originOf(parsePrices(older, 'own.yml', table))).toContain('as of 2025-01-31');
});

test('prices that a file for another region leaves out are said to be those of the first', () => {
  const own = (prices: string) => originOf(parsePrices(`region: eu-west-3\n${prices}`, 'own.yml', table));
  expect(own('prices: { alarms: { price: 1 }, kmsKeys: { price: 1 } }')).toBe(
    "USD in eu-west-3, prices as of 2026-11-23 (24 of 26 prices are us-east-1's)",
  );
  expect(own('prices: { alarms: { free: 0 } }')).toContain("(all prices are us-east-1's)");
  const all = PRICE_NAMES.map((name) => `${name}: { price: 1, seen: "2026-12-01" }`).join(', ');
  expect(own(`currency: EUR\nprices: { ${all} }`)).toBe('EUR in eu-west-3, prices as of 2026-12-01');
});

test('what is not about the price of a thing leaves its source as it is', () => {
  const own = parsePrices('prices: { alarms: { free: 0 } }', 'own.yml', table);
  expect(own.prices.alarms).toEqual({ ...table.prices.alarms, free: 0 });
});
