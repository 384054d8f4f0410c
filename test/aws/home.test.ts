import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ingest } from '../../handlers/ingest.ts';
import { reconcile } from '../../handlers/reconcile.ts';
import { parseManifest } from '../../src/core/batch-input.ts';
import { s3Objects } from '../../src/objects/s3.ts';
import { systemClock } from '../../src/timers/system-clock.ts';
import { AWS_ENDPOINT, onAws, sdk } from './endpoint.ts';
import { openWorld } from './home-world.ts';

onAws('a home on AWS', () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  beforeEach(async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', AWS_ENDPOINT);
    vi.stubEnv('AWS_REGION', sdk.region);
    vi.stubEnv('AWS_ACCESS_KEY_ID', process.env.AWS_ACCESS_KEY_ID ?? 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', process.env.AWS_SECRET_ACCESS_KEY ?? 'test');
    vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
    world = await openWorld(ROUTES);
  });
  afterEach(async () => {
    await world.close();
    vi.unstubAllEnvs();
  });

  test('counts notices into batches, one execution each, and closes the rest at its deadline', async () => {
    const { open, notices, inputOf } = world;
    const [one, two] = [await open(), await open()];
    const records = notices('in/', 250);
    const both = await Promise.all([
      ingest({ Records: records.slice(0, 150) }, one),
      ingest({ Records: records.slice(100) }, two),
    ]);
    expect(both).toEqual([{ batchItemFailures: [] }, { batchItemFailures: [] }]);
    const batches = async () => (await one.ports.projections.batches('sales', { limit: 10 })).items;
    expect((await batches()).map(({ reason, count }) => `${reason} ${count}`)).toEqual([
      'count 100',
      'count 100',
    ]);
    // The third closes by the deadline that travels through SQS; the window is three seconds.
    await expect.poll(async () => (await batches()).length, { timeout: 15_000 }).toBe(3);
    const all = await batches();
    const newest = all.find(({ reason }) => reason === 'time');
    expect(newest?.count).toBe(50);
    expect(newest!.closedAt).toBeGreaterThanOrEqual(newest!.deadline);
    const inputs = await Promise.all(all.map(({ execution }) => inputOf(execution)));
    const keys = inputs.flatMap(({ events = [] }) => events.map(({ key }) => key));
    expect([keys.length, new Set(keys).size]).toEqual([250, 250]);
    for (const [index, { batch }] of inputs.entries()) expect(batch.id).toBe(all[index]?.id);
  });

  test('puts the events of a batch that is too large for an input into a manifest', async () => {
    const { open, notices, inputOf } = world;
    const home = await open();
    const long = `large/${'x'.repeat(400)}-`;
    expect(await ingest({ Records: notices(long, 500) }, home)).toEqual({ batchItemFailures: [] });
    const { items } = await home.ports.projections.batches('large', { limit: 1 });
    const { manifest } = await inputOf(items[0]?.execution ?? '');
    expect(manifest?.count).toBe(500);
    const content = await s3Objects({ client: new S3Client(sdk) }).read(manifest!);
    const events = parseManifest(Buffer.from(content).toString('utf8'), 'the manifest');
    expect(new Set(events.map(({ key }) => key)).size).toBe(500);
  });

  test('mends by reconcile what a function left undone that was killed after its commit', async () => {
    const { open, notices } = world;
    const killed = await open();
    killed.ports.executions.start = () => new Promise(() => {});
    void ingest({ Records: notices('in/', 100) }, killed);
    const other = await open();
    const tail = () => other.ports.log.tail({ route: 'sales', partition: '' });
    await expect.poll(async () => (await tail())?.closed.length, { timeout: 5_000 }).toBe(1);
    expect(await reconcile({}, other)).toMatchObject({ started: 0 });
    // A minute later it is nobody else's any more.
    const later = await open({ ...systemClock, now: () => Date.now() + 61_000 });
    expect(await reconcile({}, later)).toMatchObject({ started: 1 });
    expect((await other.ports.projections.batches('sales', { limit: 1 })).items).toHaveLength(1);
  });
});

const ROUTES = `
buckets: { landing: {} }
routes:
  sales: { bucket: landing, prefix: in/, batch: { count: 100, window: 3s }, pipeline: works }
  large: { bucket: landing, prefix: large/, batch: { count: 500, window: 1h }, pipeline: works }
`;
