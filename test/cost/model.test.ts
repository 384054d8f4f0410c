import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { billOf, totalOf } from '../../src/cost/bill.ts';
import { costChart } from '../../src/cost/cost-chart.ts';
import { type CostQuestion, costsOf } from '../../src/cost/costs.ts';
import { FIGURES } from '../../src/cost/figures.ts';
import { PRICE_NAMES, PricesInvalidError, parsePrices } from '../../src/cost/prices.ts';
import { partsOf } from '../../src/cost/standing.ts';
import { flowOf, MONTH_MS, type Traffic } from '../../src/cost/traffic.ts';

const shipped = await readFile(new URL('../../src/cost/prices.yml', import.meta.url), 'utf8');
const table = parsePrices(shipped, 'prices.yml', null);

const USUAL: Traffic = {
  files: 1_000_000,
  overMs: MONTH_MS,
  burst: 100,
  fileBytes: 50_000,
  partitions: 1,
  routes: 1,
  count: 100,
  windowMs: 3_600_000,
  quietMs: null,
  failedPercent: 0,
};

function question(traffic: Partial<Traffic> = {}, more: Partial<CostQuestion> = {}): CostQuestion {
  const whole = { ...USUAL, ...traffic };
  const counts = { routes: 1, dedicated: 0, pipelines: 1, partitions: whole.partitions, ticks: [] };
  return {
    traffic: whole,
    parts: partsOf(counts),
    architecture: 'arm64',
    transitions: (units) => 7 + units,
    freeTier: false,
    ...more,
  };
}

const flow = (traffic: Partial<Traffic>) => flowOf({ ...USUAL, ...traffic }, FIGURES);
const ours = (traffic: Partial<Traffic>, more: Partial<CostQuestion> = {}) =>
  costsOf(question(traffic, more), table).ways[0]!;

test('every price has a source, a day and a unit', () => {
  for (const name of PRICE_NAMES) {
    const { price, per, unit, source, seen } = table.prices[name];
    expect({ name, priced: price > 0 && per > 0 }).toEqual({ name, priced: true });
    expect({ name, told: [unit, source].every((text) => text.length > 3) }).toEqual({ name, told: true });
    expect(seen).toMatch(/^\d{4}-\d\d-\d\d$/);
  }
});

test('windows fill where enough comes in their time, and close by time where it does not', () => {
  expect(flow({})).toMatchObject({ batches: 10_000, batchSize: 100, byTimer: 0 });
  // One file in 43 minutes per partition: two in an hour.
  expect(flow({ burst: 1, partitions: 1_000 })).toMatchObject({ batchSize: 2, byTimer: 500_000 });
  // Bursts of 250 that are alone in their hour: two full batches and a rest.
  const alone = flow({ files: 250_000, burst: 250, partitions: 100 });
  expect(alone).toMatchObject({ batches: 3_000, byTimer: 1_000 });
});

test('quiet ends a batch at every pause that is longer', () => {
  expect(flow({ burst: 20, quietMs: 30_000 })).toMatchObject({ batchSize: 20, byTimer: 50_000 });
  expect(flow({ burst: 20, quietMs: 60_000 })).toMatchObject({ batchSize: 100, byTimer: 0 });
  expect(flow({ burst: 20, quietMs: 60_000 }).rearmed).toBeGreaterThan(0);
});

test('more files cost more, larger batches less, and files one at a time more', () => {
  expect(ours({ files: 2_000_000 }).total).toBeGreaterThan(1.9 * ours({}).total);
  expect(ours({ count: 1_000 }).total).toBeLessThan(ours({}).total);
  expect(ours({ burst: 1 }).total).toBeGreaterThan(ours({}).total);
  expect(ours({ burst: 1, partitions: 1_000 }).total).toBeGreaterThan(10 * ours({}).total);
});

test('without files only what stands there costs, and no other way is told of', () => {
  const { ways, ours: bill } = costsOf(question({ files: 0 }), table);
  expect(ways).toHaveLength(1);
  expect(bill.files).toEqual([]);
  expect(totalOf(bill.standing)).toBeGreaterThan(1);
});

test('what stands there does not depend on files, but on queues, pipelines and ticks', () => {
  const standing = (counts: object) => {
    const parts = partsOf({ routes: 1, dedicated: 0, pipelines: 1, partitions: 1, ticks: [], ...counts });
    return ours({}, { parts }).standing;
  };
  expect(ours({ files: 5_000_000 }).standing).toBe(ours({}).standing);
  // A queue that is polled, and its alarm.
  expect(standing({ dedicated: 1 }) - standing({})).toBeCloseTo(0.2592 + 0.1, 4);
  expect(standing({ pipelines: 2 }) - standing({})).toBeCloseTo(0.2, 4);
  expect(standing({ ticks: [{ aMonth: 43_200, partitions: 1 }] })).toBeGreaterThan(standing({}));
});

test('the free tier is taken off once, however many lines share it', () => {
  const usage = (quantity: number) =>
    ({ service: 'SQS', what: 'w', price: 'sqsRequests', quantity }) as const;
  const bill = billOf({ files: [usage(1_500_000)], standing: [usage(500_000)] }, table, 1);
  // Two million requests, of which one is free.
  expect(totalOf(bill.files) + totalOf(bill.standing)).toBeCloseTo(0.4, 9);
  expect(totalOf(bill.files)).toBeCloseTo(0.3, 9);
  const small = billOf({ files: [usage(1_000)], standing: [] }, table, 1);
  expect(totalOf(small.files)).toBe(0);
});

test('a transaction per event costs at least four times as much DynamoDB as the log, at a hundred files at a time', () => {
  const { ways } = costsOf(question(), table);
  const dynamo = (name: string) => ways.find((way) => way.name === name)?.services.DynamoDB ?? 0;
  expect(dynamo('a transaction per event')).toBeGreaterThan(4 * dynamo('Spillway'));
});

test('an own file changes what it names and nothing else', () => {
  const own = parsePrices(
    'region: eu-central-1\nprices: { sqsRequests: { price: 0.8 } }\n',
    'own.yml',
    table,
  );
  expect(own.region).toBe('eu-central-1');
  expect(own.prices.sqsRequests).toMatchObject({ price: 0.8, per: 1_000_000, source: 'own.yml' });
  expect({ ...own.prices, sqsRequests: null }).toEqual({ ...table.prices, sqsRequests: null });
  const doubled = costsOf(question(), own).ways[0]!;
  expect(doubled.services.SQS).toBeCloseTo(2 * ours({}).services.SQS, 9);
  const slower = parsePrices('figures: { commitMs: 400 }', 'own.yml', table);
  expect(costsOf(question(), slower).ways[0]!.services.Lambda).toBeGreaterThan(2 * ours({}).services.Lambda);
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
  ['figures: { eventBytes: many }', 'figures.eventBytes is "many"; expected a number of 0 or more'],
  ['figures: { commitMs: .inf }', 'figures.commitMs is .inf; expected'],
  ['[1, 2', 'own.yml:1:'],
])('a file of prices with %j is refused in words', (content, message) => {
  expect(() => parsePrices(content, 'own.yml', table)).toThrow(PricesInvalidError);
  expect(() => parsePrices(content, 'own.yml', table)).toThrow(message);
});

test('the chart has a line for each way that it shows, ours drawn strongest and falling', () => {
  const { series } = costChart(question(), table);
  const [first] = series;
  expect(first).toMatchObject({ name: 'Spillway', emphasis: true });
  const costs = first!.points.map(([, cost]) => cost);
  expect(costs[0]).toBeGreaterThan(10 * costs.at(-1)!);
  expect(series.map(({ name }) => name)).toContain('one execution per file');
});
