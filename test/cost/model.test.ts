import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { billOf, totalOf } from '../../src/cost/bill.ts';
import { costChart } from '../../src/cost/cost-chart.ts';
import { type CostQuestion, costsOf } from '../../src/cost/costs.ts';
import { FIGURES } from '../../src/cost/figures.ts';
import { originOf } from '../../src/cost/origin.ts';
import { PRICE_NAMES, parsePrices } from '../../src/cost/prices.ts';
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

test('no batch has more files than come', () => {
  expect(flow({ files: 37, burst: 100, overMs: 1_000 })).toMatchObject({ batches: 1, batchSize: 37 });
  const { ways } = costsOf(question({ files: 37, overMs: 1_000 }), table);
  const pipe = ways.find(({ name }) => name.startsWith('EventBridge Pipes'))!;
  const { price, per } = table.prices.stepTransitions;
  expect(pipe.services['Step Functions']).toBeCloseTo((8 * price) / per, 12);
});

test('quiet ends a batch at every pause that is longer', () => {
  expect(flow({ burst: 20, quietMs: 30_000 })).toMatchObject({ batchSize: 20, byTimer: 50_000 });
  expect(flow({ burst: 20, quietMs: 60_000 })).toMatchObject({ batchSize: 100, byTimer: 0 });
  expect(flow({ burst: 20, quietMs: 60_000 }).rearmed).toBeGreaterThan(0);
});

test('more files cost more, larger batches less, and files that come one by one more', () => {
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

test('a transaction per event costs at least four times as much DynamoDB as the log, in bursts of a hundred', () => {
  const { ways } = costsOf(question(), table);
  const dynamo = (name: string) => ways.find((way) => way.name === name)?.services.DynamoDB ?? 0;
  expect(dynamo('a transaction per event')).toBeGreaterThan(4 * dynamo('Spillway'));
});

const costOf = (name: string, traffic: Partial<Traffic>, transitions?: CostQuestion['transitions']) =>
  costsOf(question(traffic, transitions && { transitions }), table).ways.find((way) => way.name === name)!
    .total;

test.each([
  'one execution per file',
  'one Express execution per file',
  'Glue workflow trigger',
  'EventBridge Pipes from a queue',
  'SQS batching into a function',
])('the price of %s does not depend on our batches once its own are as large as they get', (name) => {
  // Seven days of files are in one batch of ours then, and in many work units.
  const large = { windowMs: 7 * 86_400_000, fileBytes: 2_000_000 };
  expect(ours({ ...large, count: 10_000 }).total).not.toBe(ours({ ...large, count: 1_000 }).total);
  expect(costOf(name, { ...large, count: 10_000 })).toBe(costOf(name, { ...large, count: 1_000 }));
});

test('a way pays for the work units of its own batches', () => {
  // Five minutes bring 116 files of 10 MB: five units of 256 MB.
  const seen = new Set<number>();
  costOf(
    'EventBridge Pipes from a queue',
    { count: 10_000, windowMs: 86_400_000, fileBytes: 1e7 },
    (units) => {
      seen.add(units);
      return 7 + units;
    },
  );
  expect([...seen].toSorted((a, b) => a - b)).toEqual([1, 5, 40]);
});

test('a pipe is charged for each 64 KB of a batch, not for each event', () => {
  const pipe = (count: number) => {
    const { ways } = costsOf(question({ count, burst: 200 }), table);
    return ways.find(({ name }) => name.startsWith('EventBridge Pipes'))!.services.EventBridge;
  };
  const { price, per } = table.prices.pipesRequests;
  // 110,000 bytes are two requests.
  expect(pipe(100) - 1).toBeCloseTo((2 * 10_000 * price) / per, 9);
  // 11,000 are one.
  expect(pipe(10) - 1).toBeCloseTo((100_000 * price) / per, 9);
});

test('an Express execution is charged by request, and by its time in steps of 100 ms and 64 MB', () => {
  const { services } = costsOf(question(), table).ways.find(({ name }) => name.includes('Express'))!;
  const { checkMs, processMs, processFileMs, collectMs, expressStateMs } = FIGURES;
  const ms = checkMs + processMs + processFileMs + collectMs + 8 * expressStateMs;
  const seconds = Math.ceil(ms / 100) / 10;
  const { stepExpressRequests: request, stepExpressGbHours: time } = table.prices;
  const expected = 1e6 * (request.price / request.per + ((seconds / 16) * time.price) / 3_600);
  expect(services['Step Functions']).toBeCloseTo(expected, 9);
});

test('items are charged by their bytes, rounded up', () => {
  const writes = (figures: string) => {
    const { ours } = costsOf(question(), parsePrices(`figures: { ${figures} }`, 'own.yml', table));
    const lines = ours.files.filter(({ price }) => price === 'dynamoWrites');
    return Object.fromEntries(lines.map(({ what, quantity }) => [what, quantity]));
  };
  const [small, large] = [
    writes('batchItemBytes: 820'),
    writes('batchItemBytes: 1025, partitionItemBytes: 2049'),
  ];
  expect(large['items of batches']).toBe(2 * small['items of batches']!);
  expect(large['items of partitions']).toBe(3 * small['items of partitions']!);
});

test('the chart has a line for each way that it shows, ours drawn strongest and falling', () => {
  const { series } = costChart(question(), table);
  const [first] = series;
  expect(first).toMatchObject({ name: 'Spillway', emphasis: true });
  const costs = first!.points.map(([, cost]) => cost);
  expect(costs[0]).toBeGreaterThan(10 * costs.at(-1)!);
  expect(series.map(({ name }) => name)).toContain('one execution per file');
  expect(series.map(({ name }) => name)).toContain('transactions of up to 99 events');
  expect(series.map(({ name }) => name)).not.toContain('a transaction per event');
});

test('ways whose lines lie on each other share one, with both names', () => {
  const { series } = costChart(question(), table);
  expect(series.map(({ name }) => name)).toContain(
    'EventBridge Pipes from a queue, or SQS batching into a function',
  );
});

test('the chart says what its lines leave out, of which day its prices are, and where windows are no longer filled', () => {
  const { subtitle } = costChart(question(), table);
  expect(subtitle).toContain(`Spillway's $${ours({}).standing.toFixed(2)} a month`);
  expect(subtitle).toContain('No window gets more than 1,400 events (time limit 1h).');
  expect(subtitle).toContain(originOf(table));
  expect(costChart(question({ windowMs: 14 * 86_400_000 }), table).subtitle).not.toContain('No window');
});
