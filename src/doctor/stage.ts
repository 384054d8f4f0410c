import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Route } from '../api/overview-schemas.ts';
import { outputPart, type Stage } from '../stage/stage.ts';
import { bucketChecks } from './buckets.ts';
import { type Check, look } from './check.ts';
import { pipelineChecks } from './pipelines.ts';
import { queueChecks } from './queues.ts';
import { stackResources } from './resources.ts';
import { scheduleChecks } from './schedules.ts';
import { stackChecks } from './stack.ts';
import { tableChecks } from './table.ts';

/**
 * Looks at everything a deployed stage stands on. Changes nothing.
 * @param routes as the API tells them; empty where it does not answer
 */
export async function stageChecks(stage: Stage, routes: readonly Route[], version: string): Promise<Check[]> {
  const { region } = stage;
  const clients = { scheduler: new SchedulerClient({ region }), events: new EventBridgeClient({ region }) };
  const groups = await Promise.all([
    queueChecks(stage, new SQSClient({ region })),
    bucketChecks(sourceBuckets(stage, routes), new S3Client({ region })),
    look('schedule', 'all', 'cloudformation:ListStackResources', async () =>
      scheduleChecks(stage, await stackResources(stage), clients, routes),
    ),
    pipelineChecks(stage, new SFNClient({ region })),
    tableChecks(stage, new DynamoDBClient({ region })),
  ]);
  return [...stackChecks(stage, version), ...groups.flat()];
}

/** What the buckets that routes read from are called on AWS. */
function sourceBuckets({ outputs }: Stage, routes: readonly Route[]): string[] {
  const names = routes.flatMap(({ configured, bucket }) =>
    configured && bucket !== undefined ? [bucket] : [],
  );
  return [...new Set(names.map((name) => outputs[`Bucket${outputPart(name)}`] ?? name))].sort();
}
