import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { vi } from 'vitest';
import { command } from '../../handlers/command.ts';
import { ingest } from '../../handlers/ingest.ts';
import { openAws } from '../../src/aws.ts';
import { readEnvironment } from '../../src/environment.ts';
import { ensureTable } from '../../src/table/schema.ts';
import { systemClock } from '../../src/timers/system-clock.ts';
import { noticeBody } from '../handlers/events.ts';
import { sqsRecord } from '../handlers/home.ts';
import { writePackagedRoutes } from '../handlers/packaged-routes.ts';
import { countedAws, sizeOf } from './counted-aws.ts';

const MACHINE = 'arn:aws:states:us-east-1:111122223333:stateMachine:spillway-prod-process-files';

/** Small files that come in the morning, some thousand of them a partition. */
const ROUTES = (batch: string) => `
buckets: { landing: {}, curated: {} }
routes:
  sales:
    bucket: landing
    prefix: partners/{partner}/
    batch: ${batch}
    pipeline: process-files
    output: { bucket: curated, prefix: sales/ }
`;

/**
 * The real home of AWS over counted services: what Lambda would call is called here, and what was sent to the commands
 * queue or the Scheduler is delivered when a test says so.
 */
export async function countedHome({ count, logs = 'SILENT' }: { count: number; logs?: 'SILENT' | 'INFO' }) {
  const aws = await countedAws();
  const folder = await mkdtemp(join(tmpdir(), 'spillway-cost-'));
  await writePackagedRoutes(folder, ROUTES(`{ count: ${count}, window: 1h }`), ['process-files']);
  const variables = {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    POWERTOOLS_LOG_LEVEL: logs,
    POWERTOOLS_SERVICE_NAME: 'spillway',
    POWERTOOLS_METRICS_NAMESPACE: 'Spillway',
    LAMBDA_TASK_ROOT: folder,
    ...stackVariables(aws.endpoint),
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  const client = new DynamoDBClient({ endpoint: aws.endpoint });
  await ensureTable({ client, table: 'spillway' });
  const time = { ahead: 0 };
  const clock = { ...systemClock, now: () => Date.now() + time.ahead };
  const home = await openAws(readEnvironment(), clock);
  let files = 0;
  const delivered = { sent: 0, scheduled: 0 };
  for (const key of Object.keys(aws.counted.calls)) delete aws.counted.calls[key];
  return {
    counted: aws.counted,
    home,
    /** Files of one partition that arrive together: one batch of messages for ingest. */
    async arrive(howMany: number, partition = 'acme') {
      const records = Array.from({ length: howMany }, () => {
        files += 1;
        return sqsRecord(noticeOf(files, partition, clock.now()), { sentAt: clock.now() });
      });
      const { batchItemFailures: failures } = await ingest({ Records: records }, home);
      if (failures.length > 0) throw new Error(`${failures.length} events were not counted.`);
    },
    /** Lets time pass and nothing be delivered. */
    pass(ms: number) {
      time.ahead += ms;
    },
    /** Lets time pass, then delivers all commands that were sent or scheduled and not delivered yet. */
    async later(ms: number) {
      time.ahead += ms;
      const { sent, scheduled } = aws.counted;
      const due = [
        ...sent.slice(delivered.sent).map(({ body }) => body),
        ...scheduled.slice(delivered.scheduled),
      ];
      delivered.sent = sent.length;
      delivered.scheduled = scheduled.length;
      for (const body of due) await command({ Records: [sqsRecord(body, { sentAt: clock.now() })] }, home);
      return due.length;
    },
    /** Step Functions tells that every execution started since began and succeeded. */
    async executionsEnd(from = 0) {
      for (const { name, input, execution } of aws.counted.started.slice(from)) {
        const report = { name, input, execution, redrives: 0, startedAt: clock.now() };
        await home.service.executionReported({ ...report, status: 'running' });
        await home.service.executionReported({ ...report, status: 'succeeded', endedAt: clock.now() });
      }
    },
    /** Sizes of the items under a `pk` (bytes). */
    async sizes(pk: string): Promise<number[]> {
      const { Items: items = [] } = await client.send(
        new QueryCommand({
          TableName: 'spillway',
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: pk } },
        }),
      );
      return items.map(sizeOf);
    },
    async close() {
      client.destroy();
      await aws.close();
      await rm(folder, { recursive: true, force: true });
      vi.unstubAllEnvs();
    },
  };
}

function stackVariables(endpoint: string): Record<string, string> {
  return {
    SPILLWAY_STAGE: 'prod',
    SPILLWAY_TABLE: 'spillway',
    SPILLWAY_COMMANDS_QUEUE_URL: `${endpoint}/111122223333/spillway-prod-commands`,
    SPILLWAY_COMMANDS_QUEUE_ARN: 'arn:aws:sqs:us-east-1:111122223333:spillway-prod-commands',
    SPILLWAY_COMMANDS_DLQ_ARN: 'arn:aws:sqs:us-east-1:111122223333:spillway-prod-commands-dlq',
    SPILLWAY_SCHEDULE_GROUP: 'spillway-prod',
    SPILLWAY_SCHEDULER_ROLE_ARN: 'arn:aws:iam::111122223333:role/spillway-prod-scheduler',
    SPILLWAY_MANIFEST_BUCKET: 'curated',
    SPILLWAY_EVENT_BUS: 'default',
    SPILLWAY_BUCKETS: JSON.stringify({ landing: 'landing', curated: 'curated' }),
    SPILLWAY_PIPELINES: JSON.stringify({ 'process-files': MACHINE }),
    SPILLWAY_LOG_KEYS: 'false',
  };
}

function keyOf(file: number, partition: string): string {
  const day = String(1 + (Math.floor(file / 1000) % 28)).padStart(2, '0');
  return `partners/${partition}/2026-01-${day}/part-${String(file).padStart(9, '0')}-of-a-set.csv`;
}

/** S3's ETags and sequencers look random, and nothing of them can be compressed away. */
function noticeOf(file: number, partition: string, at: number): string {
  const digits = createHash('sha256').update(String(file)).digest('hex');
  const size = 1_000 + (Number.parseInt(digits.slice(0, 6), 16) % 90_000);
  const body = noticeBody(keyOf(file, partition), { at, size, sequencer: `00${digits.slice(0, 16)}` });
  return body.replace('b1946ac92492d2347c6235b4d2611184', digits.slice(16, 48));
}
