import { type CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { outputOf, type Stage } from '../stage/stage.ts';
import { type Check, failed, look, ok, warning } from './check.ts';
import { revertDrift } from './mend.ts';
import type { StackResources } from './resources.ts';

interface Clients {
  sqs: SQSClient;
  metrics: CloudWatchClient;
}

/** A queue that is emptied every few seconds has fewer waiting than this. */
const WAITING_NOTED = 1_000;
/** SQS tells CloudWatch every minute of queues that hold something (SQS developer guide, "CloudWatch metrics"). */
const AGE_WITHIN_MS = 900_000;

const DEAD = { ingest: 'IngestDlqUrl', commands: 'CommandsDlqUrl', status: 'StatusDlqUrl' };

/** Nothing among the dead letters, and no great backlog. */
export async function queueChecks(
  stage: Stage,
  resources: StackResources,
  clients: Clients,
): Promise<Check[]> {
  const dedicated = resources('AWS::SQS::Queue')
    .filter(({ logical }) => /^IngestQueue./.test(logical))
    .map(({ id }) => ({ queue: nameIn(id).replace(`${stage.stack}-`, ''), url: () => id, reader: 'ingest' }));
  const alive = [
    { queue: 'ingest', url: () => outputOf(stage, 'IngestQueueUrl'), reader: 'ingest' },
    ...dedicated,
    { queue: 'commands', url: () => outputOf(stage, 'CommandsQueueUrl'), reader: 'command' },
  ];
  const gone = revertDrift(stage);
  const found = await Promise.all([
    ...alive.map(({ queue, url, reader }) =>
      look('queue', queue, ALLOW, () => waitingCheck(stage, clients, { queue, url: url(), reader }), gone),
    ),
    ...Object.entries(DEAD).map(([queue, output]) =>
      look(
        'dead-letters',
        queue,
        ALLOW,
        () => deadCheck(stage, clients, queue, outputOf(stage, output)),
        gone,
      ),
    ),
  ]);
  return found.flat();
}

const ALLOW = 'sqs:GetQueueAttributes';

async function deadCheck(stage: Stage, clients: Clients, queue: string, url: string): Promise<Check> {
  const { waiting, hidden } = await sizeOf(clients.sqs, url);
  const dead = waiting + hidden;
  if (dead === 0) return ok('dead-letters', queue, 'There are none.');
  const age = await ageOf(clients.metrics, nameIn(url));
  const oldest = age === null ? '' : `, the oldest for ${durationText(age)}`;
  const only = `--queue ${queue} --stage ${stage.name}`;
  return failed(
    'dead-letters',
    queue,
    `There are about ${dead}${oldest}: nobody could deal with them, and each goes for good 14 days after it was sent.`,
    `spillway dlq ls ${only}; once the cause is mended: spillway dlq redrive ${only}`,
  );
}

async function waitingCheck(
  stage: Stage,
  clients: Clients,
  { queue, url, reader }: { queue: string; url: string; reader: string },
): Promise<Check> {
  const { waiting, hidden } = await sizeOf(clients.sqs, url);
  const sentence = `${waiting} wait, ${hidden} are being dealt with.`;
  if (waiting < WAITING_NOTED) return ok('queue', queue, sentence);
  const mend = `If it does not shrink within a minute: aws logs tail /aws/lambda/${stage.stack}-${reader} --since 15m`;
  return warning('queue', queue, sentence, mend);
}

async function sizeOf(client: SQSClient, url: string): Promise<{ waiting: number; hidden: number }> {
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({
      QueueUrl: url,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return {
    waiting: Number(Attributes.ApproximateNumberOfMessages ?? 0),
    hidden: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
  };
}

/** Seconds, or null where nobody says: it is worth telling, but no reason to fail. */
async function ageOf(client: CloudWatchClient, queue: string): Promise<number | null> {
  const now = Date.now();
  const request = new GetMetricStatisticsCommand({
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateAgeOfOldestMessage',
    Dimensions: [{ Name: 'QueueName', Value: queue }],
    StartTime: new Date(now - AGE_WITHIN_MS),
    EndTime: new Date(now),
    Period: 60,
    Statistics: ['Maximum'],
  });
  const { Datapoints = [] } = await client.send(request).catch(() => ({ Datapoints: [] }));
  const newest = Datapoints.toSorted((a, b) => Number(b.Timestamp) - Number(a.Timestamp))[0];
  return newest?.Maximum ?? null;
}

const DAY_S = 86_400;
const HOUR_S = 3_600;

function durationText(seconds: number): string {
  if (seconds >= 2 * DAY_S) return `${Math.floor(seconds / DAY_S)} days`;
  if (seconds >= 2 * HOUR_S) return `${Math.floor(seconds / HOUR_S)} hours`;
  return `${Math.max(1, Math.floor(seconds / 60))} minutes`;
}

function nameIn(url: string): string {
  return url.split('/').at(-1) ?? url;
}
