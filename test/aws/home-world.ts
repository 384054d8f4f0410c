import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateScheduleGroupCommand,
  paginateListSchedules,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  paginateListExecutions,
  SFNClient,
} from '@aws-sdk/client-sfn';
import type { SQSRecord } from 'aws-lambda';
import { command } from '../../handlers/command.ts';
import { openAws } from '../../src/aws.ts';
import { parseBatchInput } from '../../src/core/batch-input.ts';
import type { Clock } from '../../src/core/clock.ts';
import { readEnvironment } from '../../src/environment.ts';
import { ensureTable } from '../../src/table/schema.ts';
import { noticeBody } from '../handlers/events.ts';
import { sqsRecord } from '../handlers/home.ts';
import { writePackagedRoutes } from '../handlers/packaged-routes.ts';
import { AWS_ENDPOINT, freshName, openQueue, sdk } from './endpoint.ts';

/**
 * All that a home needs, and its commands queue with the command handler behind it.
 *
 * @param endpoint where the home finds its queue; everything else it finds as every SDK does
 */
export async function openWorld(routes: string, endpoint = AWS_ENDPOINT) {
  const folder = await mkdtemp(join(tmpdir(), 'spillway-home-'));
  await writePackagedRoutes(folder, routes, ['works']);
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
    commanded ??= open();
    const { batchItemFailures } = await command({ Records }, await commanded);
    if (batchItemFailures.length > 0) throw new Error('delivered again');
  });
  const environment = readEnvironment({
    SPILLWAY_STAGE: 'test',
    SPILLWAY_TABLE: table,
    // The SDK sends to where the queue's address is.
    SPILLWAY_COMMANDS_QUEUE_URL: queue.url.replace(AWS_ENDPOINT, endpoint),
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
  const open = (clock?: Clock) => openAws(environment, clock);
  let commanded: ReturnType<typeof open> | undefined;
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
    /** The inputs of all executions there are. */
    async inputs() {
      const found: ReturnType<typeof parseBatchInput>[] = [];
      for await (const page of paginateListExecutions({ client: sfn }, { stateMachineArn: works })) {
        for (const { executionArn } of page.executions ?? []) {
          const { input = '' } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
          found.push(parseBatchInput(JSON.parse(input)));
        }
      }
      return found;
    },
    async schedules(): Promise<string[]> {
      const found: string[] = [];
      for await (const page of paginateListSchedules(
        { client: new SchedulerClient(sdk) },
        { GroupName: group },
      )) {
        for (const { Name: name = '' } of page.Schedules ?? []) found.push(name);
      }
      return found;
    },
    async close() {
      await queue.close();
      await rm(folder, { recursive: true });
    },
  };
}
