import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateScheduleGroupCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { CreateStateMachineCommand, DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { SQSRecord } from 'aws-lambda';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { command } from '../../handlers/command.ts';
import { ingest } from '../../handlers/ingest.ts';
import { reconcile } from '../../handlers/reconcile.ts';
import { openAws } from '../../src/aws.ts';
import { parseBatchInput, parseManifest } from '../../src/core/batch-input.ts';
import type { Clock } from '../../src/core/clock.ts';
import { readEnvironment } from '../../src/environment.ts';
import { s3Objects } from '../../src/objects/s3.ts';
import { ensureTable } from '../../src/table/schema.ts';
import { systemClock } from '../../src/timers/system-clock.ts';
import { noticeBody } from '../handlers/events.ts';
import { sqsRecord } from '../handlers/home.ts';
import { AWS_ENDPOINT, freshName, onAws, openQueue, sdk } from './endpoint.ts';

onAws('a home on AWS', () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  beforeEach(async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', AWS_ENDPOINT);
    vi.stubEnv('AWS_REGION', sdk.region);
    vi.stubEnv('AWS_ACCESS_KEY_ID', process.env.AWS_ACCESS_KEY_ID ?? 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', process.env.AWS_SECRET_ACCESS_KEY ?? 'test');
    vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
    world = await openWorld();
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

/** All that a home needs, and its commands queue with the command handler behind it. */
async function openWorld() {
  const folder = await mkdtemp(join(tmpdir(), 'spillway-home-'));
  await writeFile(join(folder, 'routes.yml'), ROUTES);
  const table = freshName('table');
  await ensureTable({ client: new DynamoDBClient(sdk), table });
  const group = freshName('group');
  await new SchedulerClient(sdk).send(new CreateScheduleGroupCommand({ Name: group }));
  const manifests = freshName('manifests');
  await new S3Client(sdk).send(new CreateBucketCommand({ Bucket: manifests }));
  const sfn = new SFNClient(sdk);
  const { stateMachineArn: works = '' } = await sfn.send(
    new CreateStateMachineCommand({
      name: freshName('works'),
      roleArn: 'arn:aws:iam::000000000000:role/machine',
      definition: JSON.stringify({ StartAt: 'Only', States: { Only: { Type: 'Succeed' } } }),
    }),
  );
  const queue = await openQueue('home', async ({ MessageId: messageId = '', Body: body = '' }) => {
    const Records = [{ messageId, body } as SQSRecord];
    const { batchItemFailures } = await command({ Records }, await open());
    if (batchItemFailures.length > 0) throw new Error('delivered again');
  });
  const environment = readEnvironment({
    SPILLWAY_STAGE: 'test',
    SPILLWAY_TABLE: table,
    SPILLWAY_COMMANDS_QUEUE_URL: queue.url,
    SPILLWAY_COMMANDS_QUEUE_ARN: queue.arn,
    SPILLWAY_COMMANDS_DLQ_ARN: queue.arn,
    SPILLWAY_SCHEDULE_GROUP: group,
    SPILLWAY_SCHEDULER_ROLE_ARN: 'arn:aws:iam::000000000000:role/scheduler',
    SPILLWAY_MANIFEST_BUCKET: manifests,
    SPILLWAY_EVENT_BUS: 'default',
    SPILLWAY_BUCKETS: '{"landing":"real-landing"}',
    SPILLWAY_PIPELINES: JSON.stringify({ works }),
    SPILLWAY_LOG_KEYS: 'false',
    LAMBDA_TASK_ROOT: folder,
  });
  const open = (clock: Clock = systemClock) => openAws(environment, clock);
  return {
    open,
    notices: (prefix: string, count: number): SQSRecord[] =>
      Array.from({ length: count }, (_, index) =>
        sqsRecord(
          noticeBody(`${prefix}${index}`, { bucket: 'real-landing', sequencer: (index + 1).toString(16) }),
          { id: `${prefix}${index}` },
        ),
      ),
    async inputOf(executionArn: string) {
      const { input = '' } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      return parseBatchInput(JSON.parse(input));
    },
    async close() {
      await queue.close();
      await rm(folder, { recursive: true });
    },
  };
}
