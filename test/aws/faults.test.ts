import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ingest } from '../../handlers/ingest.ts';
import { AWS_ENDPOINT, onAws, sdk } from './endpoint.ts';
import { type FaultKind, openFaultProxy } from './fault-proxy.ts';
import { openWorld } from './home-world.ts';

/** Each call that counting and starting make, and the route whose partitions make it. */
const CALLS = {
  PutItem: 'soon',
  Query: 'soon',
  UpdateItem: 'soon',
  SendMessageBatch: 'soon',
  StartExecution: 'soon',
  PutEvents: 'soon',
  CreateSchedule: 'far',
  PutObject: 'large',
} as const;
const KINDS: FaultKind[] = ['unsent', 'lost', 'cut', 'late', 'throttled', 'failed'];

interface Case {
  route: 'soon' | 'far' | 'large';
  part: string;
  fired: () => number;
  times: number;
}

onAws('a home on AWS, where calls fail', () => {
  let proxy: Awaited<ReturnType<typeof openFaultProxy>>;
  let world: Awaited<ReturnType<typeof openWorld>>;
  beforeEach(async () => {
    proxy = await openFaultProxy(() => AWS_ENDPOINT);
    vi.stubEnv('AWS_ENDPOINT_URL', proxy.endpoint);
    vi.stubEnv('AWS_REGION', sdk.region);
    vi.stubEnv('AWS_ACCESS_KEY_ID', process.env.AWS_ACCESS_KEY_ID ?? 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', process.env.AWS_SECRET_ACCESS_KEY ?? 'test');
    vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
    world = await openWorld(ROUTES, proxy.endpoint);
  });
  afterEach(async () => {
    await world.close();
    await proxy.close();
    vi.unstubAllEnvs();
  });

  test('counts each event once and starts each batch once, whatever fails, however', {
    timeout: 240_000,
  }, async () => {
    const cases = layFaults();
    const homes = [await world.open(), await world.open()];
    let waiting = cases.flatMap(({ route, part }) => noticesOf(route, part));
    // What is given back comes again, to another process.
    for (let round = 0; waiting.length > 0; round += 1) {
      expect(round).toBeLessThan(10);
      const { batchItemFailures } = await ingest({ Records: waiting }, homes[round % 2]!);
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      waiting = waiting.filter(({ messageId }) => failed.has(messageId));
    }
    const expected = cases.flatMap(({ route, part }) => batchesOf(route, part)).sort();
    // Deadlines and deferred effects travel through the commands queue; nothing else mends here.
    await expect
      .poll(async () => (await world.inputs()).map(summary).sort(), { timeout: 120_000, interval: 2_000 })
      .toEqual(expected);
    for (const { part, fired, times } of cases) expect(`${part} ${fired()}`).toBe(`${part} ${times}`);

    const inputs = await world.inputs();
    const keys = inputs.flatMap(({ events = [] }) => events.map(({ key }) => key));
    const given = inputs.reduce((sum, { manifest }) => sum + (manifest?.count ?? 0), keys.length);
    expect(given).toBe(expected.reduce((sum, text) => sum + Number(text.split(' ').at(-1)), 0));
    expect(new Set(keys).size).toBe(keys.length);
    // Each window that is open for an hour has one schedule, were it armed once or more often.
    expect(await world.schedules()).toHaveLength(cases.filter(({ route }) => route === 'far').length);
  });

  function layFaults(): Case[] {
    return Object.entries(CALLS).flatMap(([call, route]) =>
      KINDS.flatMap((kind) =>
        // Once, which the SDK makes good, and more often than it tries.
        (kind === 'late' ? [1] : [1, 6]).map((times) => {
          const part = `${call}-${kind}-${times}`;
          return { route, part, times, fired: proxy.lay({ call, kind, times, match: part }) };
        }),
      ),
    );
  }

  function noticesOf(route: Case['route'], part: string) {
    return route === 'large'
      ? world.notices(`large/${part}/${'x'.repeat(800)}-`, 250)
      : world.notices(`${route}/${part}/`, 7);
  }
});

function batchesOf(route: Case['route'], part: string): string[] {
  if (route === 'large') return [`large ${part} count 250`];
  const full = `${route} ${part} count 5`;
  return route === 'far' ? [full] : [full, `${route} ${part} time 2`];
}

function summary({ batch }: { batch: { route: string; partition: string; reason: string; count: number } }) {
  return `${batch.route} ${batch.partition} ${batch.reason} ${batch.count}`;
}

const ROUTES = `
buckets: { landing: {} }
routes:
  soon: { bucket: landing, prefix: "soon/{part}/", batch: { count: 5, window: 20s }, queue: dedicated, pipeline: works }
  far: { bucket: landing, prefix: "far/{part}/", batch: { count: 5, window: 1h }, pipeline: works }
  large: { bucket: landing, prefix: "large/{part}/", batch: { count: 250, window: 1h }, pipeline: works }
`;
