import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Route } from '../api/overview-schemas.ts';
import { outputPart, type Stage } from '../stage/stage.ts';
import { alarmChecks } from './alarms.ts';
import { bucketChecks } from './buckets.ts';
import { type Check, look } from './check.ts';
import { functionChecks } from './functions.ts';
import { pipelineChecks } from './pipelines.ts';
import { queueChecks } from './queues.ts';
import { type StackResources, stackResources } from './resources.ts';
import { scheduleChecks } from './schedules.ts';
import { stackChecks } from './stack.ts';
import { tableChecks } from './table.ts';
import { topicChecks } from './topic.ts';

const NOTHING: StackResources = () => [];

/**
 * Looks at everything a deployed stage stands on. Changes nothing.
 * @param routes as the API tells them; empty where it does not answer
 */
export async function stageChecks(stage: Stage, routes: readonly Route[], version: string): Promise<Check[]> {
  const about = { region: stage.region };
  const metrics = new CloudWatchClient(about);
  let resources = NOTHING;
  const unlisted = await look('resources', stage.stack, 'cloudformation:ListStackResources', async () => {
    resources = await stackResources(stage);
    return [];
  });
  // Without the list there is nothing to hold against what is there.
  const listed: Promise<Check[]>[] =
    unlisted.length > 0
      ? []
      : [
          functionChecks(stage, resources, new LambdaClient(about)),
          scheduleChecks(
            stage,
            resources,
            { scheduler: new SchedulerClient(about), events: new EventBridgeClient(about) },
            routes,
          ),
          look('alarm', 'all', 'cloudwatch:DescribeAlarms', () => alarmChecks(stage, resources, metrics)),
        ];
  const groups = await Promise.all([
    queueChecks(stage, resources, { sqs: new SQSClient(about), metrics }),
    bucketChecks(sourceBuckets(stage, routes), new S3Client(about)),
    ...listed,
    pipelineChecks(stage, routes, new SFNClient(about)),
    tableChecks(stage, new DynamoDBClient(about)),
    look('topic', 'topic', 'sns:ListSubscriptionsByTopic', () => topicChecks(stage, new SNSClient(about))),
  ]);
  return [...stackChecks(stage, version), ...unlisted, ...groups.flat()];
}

/** What the buckets that routes read from are called on AWS. */
function sourceBuckets({ outputs }: Stage, routes: readonly Route[]): string[] {
  const names = routes.flatMap(({ configured, bucket }) =>
    configured && bucket !== undefined ? [bucket] : [],
  );
  return [...new Set(names.map((name) => outputs[`Bucket${outputPart(name)}`] ?? name))].sort();
}
