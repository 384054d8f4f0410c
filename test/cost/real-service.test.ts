import { afterEach, expect, test, vi } from 'vitest';
import type { Usage } from '../../src/cost/bill.ts';
import { FIGURES } from '../../src/cost/figures.ts';
import { usageOfFiles } from '../../src/cost/files.ts';
import type { PriceName } from '../../src/cost/prices.ts';
import { partsOf, readsOfReconcile, usageOfStanding } from '../../src/cost/standing.ts';
import { lookedAt } from '../../src/cost/table.ts';
import { flowOf, recordBytesOf, type Traffic } from '../../src/cost/traffic.ts';
import { tickCommand } from '../../src/cron/cron.ts';
import { countedHome } from './counted-home.ts';

/**
 * The real service with its AWS drivers, every request counted, against what the model charges. Each burst is one call
 * of ingest here, as the figures `ingestSharing: 1` and `lostRaces: 0` say.
 */

const figures = { ...FIGURES, ingestSharing: 1, lostRaces: 0 };
const HOUR_MS = 3_600_000;

let home: Awaited<ReturnType<typeof countedHome>>;
afterEach(() => home.close());

/** Bursts until so many files have come; what follows from them is delivered, and executions end. */
async function run({ count, burst, files }: Pick<Traffic, 'count' | 'burst' | 'files'>) {
  home = await countedHome({ count });
  for (let come = 0; come < files; come += burst) await home.arrive(burst);
  await home.executionsEnd();
  const ended = home.counted.started.length;
  // Long before the deadlines reconcile has seen that all is started. What it uses is not counted here.
  const { units: before } = structuredClone({ units: home.counted.units });
  home.pass(HOUR_MS / 2);
  await home.home.service.reconcile();
  Object.assign(home.counted.units, before);
  // Schedules fire two minutes early, and what they then put off comes at the deadline.
  await home.later(HOUR_MS / 2 - 110_000);
  await home.later(115_000);
  await home.executionsEnd(ended);
  const { calls, units, sent, scheduled, started } = home.counted;
  return { calls, units, sent, scheduled, started };
}

const TRAFFIC: Omit<Traffic, 'count' | 'burst' | 'files'> = {
  overMs: HOUR_MS,
  fileBytes: 50_000,
  partitions: 1,
  routes: 1,
  windowMs: HOUR_MS,
  quietMs: null,
  failedPercent: 0,
};

function modelled(traffic: Pick<Traffic, 'count' | 'burst' | 'files'>, gapMs: number) {
  const whole: Traffic = { ...TRAFFIC, ...traffic, overMs: (gapMs * traffic.files) / traffic.burst };
  const flow = flowOf(whole, figures);
  // Reconcile is left out: it has a test of its own.
  const usage = usageOfFiles({
    traffic: whole,
    flow,
    figures,
    architecture: 'arm64',
    reconciles: 0,
    transitions: 8,
    units: 1,
  });
  const of = (price: PriceName, what?: string) =>
    usage
      .filter((line: Usage) => line.price === price && (what === undefined || line.what.startsWith(what)))
      .reduce((sum, { quantity }) => sum + quantity, 0);
  return { flow, of };
}

/** Between bursts: too long to be gathered by one invocation, too short for windows to close by time. */
const SOON_MS = 5_000;

test.each([
  { count: 100, burst: 1, files: 300 },
  { count: 100, burst: 10, files: 500 },
  { count: 100, burst: 125, files: 1_000 },
  { count: 100, burst: 530, files: 2_120 },
  { count: 400, burst: 50, files: 800 },
])('charges what the service uses: windows of $count, bursts of $burst', async (traffic) => {
  const real = await run(traffic);
  const { of, flow } = modelled(traffic, SOON_MS);
  // What is left at the end makes a batch of its own.
  expect(real.started.length).toBe(Math.ceil(flow.batches));
  expect(real.calls.PutEvents).toBe(Math.ceil(of('eventBridgeEvents', 'announcements') / 3) * 3);
  // A burst that fills its last window leaves none open, and has no timer; the model does not count on that.
  expect(real.scheduled.length).toBeLessThanOrEqual(of('schedulerInvocations'));
  if (traffic.burst < traffic.count) expect(real.scheduled.length).toBe(of('schedulerInvocations'));
  const writes = Object.values(real.units).reduce((sum, unit) => sum + unit.writes, 0);
  expectNear(writes, of('dynamoWrites'), traffic.burst > traffic.count ? 0.2 : 0.1, 4);
  expectNear(real.units.LOG?.writes ?? 0, of('dynamoWrites', 'records'), 0.05, 1);
  expectNear(real.units.ROUTE?.writes ?? 0, of('dynamoWrites', 'items of partitions'), 0.1, 2);
  const reads = Object.values(real.units).reduce((sum, unit) => sum + unit.reads, 0);
  expectNear(reads, of('dynamoReads'), 0.25, 4);
  // A process that starts reads a few items more, once.
  expect(of('dynamoReads') + 4).toBeGreaterThan(0.8 * reads);
});

test('charges what a window costs that its deadline closes', async () => {
  const traffic = { count: 100, burst: 10, files: 10 };
  const real = await run(traffic);
  const { of, flow } = modelled(traffic, 2 * HOUR_MS);
  expect([real.started.length, flow.batches, flow.byTimer]).toEqual([1, 1, 1]);
  expect(real.scheduled.length).toBe(of('schedulerInvocations'));
  expect(real.scheduled.length + real.sent.length).toBe(of('sqsRequests', 'commands') / 3);
  const { LOG, ROUTE, BATCHES } = real.units;
  // The first record of a partition registers it: one write of a route, one of a partition.
  const writes = (LOG?.writes ?? 0) + (ROUTE?.writes ?? 0) - 1 + (BATCHES?.writes ?? 0);
  expect(writes).toBe(of('dynamoWrites'));
});

test('records are about as large as they are charged for', async () => {
  for (const [events, tolerance] of [
    [1, 0.1],
    [10, 0.1],
    [100, 0.1],
    [1_000, 0.1],
  ] as const) {
    // biome-ignore format: pairs
    home = await countedHome({ count: 10_000 });
    await home.arrive(10);
    await home.arrive(events);
    expectNear(home.counted.records.at(-1) ?? 0, recordBytesOf(events, FIGURES), tolerance, 0);
    if (events < 1_000) await home.close();
  }
});

test('reconcile reads what it is charged for', async () => {
  home = await countedHome({ count: 100 });
  for (let partition = 0; partition < 12; partition += 1) await home.arrive(20, `partner-${partition}`);
  const before = reads();
  await home.home.service.reconcile();
  const parts = { routes: 1, partitions: 12, polledQueues: 2, alarms: 0, ticks: [] };
  expectNear(reads() - before, readsOfReconcile(parts, FIGURES), 0.1, 1);
});

test.each([
  { batches: 1, runs: 60 },
  { batches: 8, runs: 24 },
  { batches: 40, runs: 12 },
])(
  'reconcile is charged for what it uses with $batches new batches in each run',
  async ({ batches, runs }) => {
    home = await countedHome({ count: 2 });
    const parts = { routes: 1, partitions: 1, polledQueues: 2, alarms: 0, ticks: [] };
    const used = { reads: 0, notes: 0 };
    // Until as many batches are looked at as always are, nothing is counted.
    for (let run = -6; run < runs; run += 1) {
      const from = home.counted.started.length;
      home.pass(2.5 * 60_000);
      await home.arrive(2 * batches);
      await home.executionsEnd(from);
      home.pass(2.5 * 60_000);
      const before = { reads: reads(), notes: home.counted.units.UNENDED?.writes ?? 0 };
      await home.home.service.reconcile();
      if (run < 0) continue;
      used.reads += reads() - before.reads - readsOfReconcile(parts, FIGURES);
      used.notes += (home.counted.units.UNENDED?.writes ?? 0) - before.notes;
    }
    const traffic = { ...TRAFFIC, files: 2 * batches * runs, burst: 2 * batches, count: 2 };
    const flow = { ...flowOf(traffic, figures), batches: batches * runs };
    const charged = lookedAt({ traffic, flow, figures: FIGURES, reconciles: runs });
    expectNear(used.reads, charged.reads, 0.25, 4);
    expectNear(used.notes, charged.notes, 0.2, 1);
  },
);

test('a tick of cron that finds nothing uses what it is charged for', async () => {
  home = await countedHome({ count: 10 });
  for (const partner of ['acme', 'bolt', 'cog']) await home.arrive(10, partner);
  const before = { reads: reads(), writes: writes(), sent: home.counted.sent.length };
  const tick = tickCommand({ route: 'sales', index: 0, minEvents: 1 }, Date.now());
  await home.home.service.handle(tick);
  const parts = partsOf({
    routes: 1,
    dedicated: 0,
    pipelines: 1,
    partitions: 3,
    ticks: [{ aMonth: 1, partitions: 3 }],
  });
  const usage = usageOfStanding(parts, { months: 1, inUse: false }, FIGURES, 'arm64');
  const charged = (what: string) => usage.find((line) => line.what === what)?.quantity ?? 0;
  expect(home.counted.sent.length).toBe(before.sent);
  expectNear(writes() - before.writes, charged('flushes and their pins'), 0, 1);
  expectNear(reads() - before.reads, charged('tails for flushes'), 0.25, 1);
});

test('items of batches and partitions are about as large as they are charged for', async () => {
  home = await countedHome({ count: 10 });
  await home.arrive(15);
  await home.executionsEnd();
  const [batch = 0] = await home.sizes('BATCHES#sales');
  const [partition = 0] = await home.sizes('ROUTE#sales');
  expectNear(batch, FIGURES.batchItemBytes, 0.2, 0);
  expectNear(partition, FIGURES.partitionItemBytes, 0.2, 0);
});

test('a call of ingest logs about as much as it is charged for', async () => {
  home = await countedHome({ count: 10, logs: 'INFO' });
  const said: string[] = [];
  const streams = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => said.push(String(text)) > 0),
  );
  const levels = (['log', 'info', 'warn'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation((text: string) => void said.push(text)),
  );
  const logged = async (events: number) => {
    said.length = 0;
    await home.arrive(events);
    home.home.measures.publish();
    return said.reduce((sum, text) => sum + text.length, 0);
  };
  const [alone, closing] = [await logged(1), await logged(9)];
  for (const spy of [...streams, ...levels]) spy.mockRestore();
  expectNear(alone, FIGURES.logBytes, 0.2, 0);
  expectNear(closing - alone, FIGURES.batchLogBytes, 0.2, 0);
});

function writes(): number {
  return Object.values(home.counted.units).reduce((sum, unit) => sum + unit.writes, 0);
}

function reads(): number {
  return Object.values(home.counted.units).reduce((sum, unit) => sum + unit.reads, 0);
}

/** Within this part of the real value, and not further than `units` where that is more. */
function expectNear(real: number, charged: number, part: number, units: number): void {
  expect(Math.abs(charged - real), `charged ${charged}, really ${real}`).toBeLessThanOrEqual(
    Math.max(real * part, units),
  );
}
