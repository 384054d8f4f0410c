import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { outputOf, type Stage } from '../stage/stage.ts';
import { type Check, failed, look, ok, warning } from './check.ts';

/** A queue that is emptied every few seconds has fewer waiting than this. */
const WAITING_NOTED = 1_000;

/** Nothing among the dead letters, and no great backlog. */
export async function queueChecks(stage: Stage, client: SQSClient): Promise<Check[]> {
  const checks = [
    () => waitingCheck(stage, client, 'ingest', 'IngestQueueUrl'),
    () => deadCheck(stage, client, 'ingest', 'IngestDlqUrl'),
    () => waitingCheck(stage, client, 'commands', 'CommandsQueueUrl'),
    () => deadCheck(stage, client, 'commands', 'CommandsDlqUrl'),
    () => deadCheck(stage, client, 'status', 'StatusDlqUrl'),
  ];
  const found = await Promise.all(checks.map((ask) => look('queue', '', 'sqs:GetQueueAttributes', ask)));
  return found.flat();
}

async function deadCheck(stage: Stage, client: SQSClient, queue: string, output: string): Promise<Check> {
  const { waiting, hidden } = await sizeOf(client, outputOf(stage, output));
  const dead = waiting + hidden;
  if (dead === 0) return ok('dead-letters', queue, 'There are none.');
  return failed(
    'dead-letters',
    queue,
    `There are about ${dead}: events or commands that nobody could deal with.`,
    `See why: spillway dlq ls --stage ${stage.name}. Once the cause is mended: spillway dlq redrive --stage ${stage.name}.`,
  );
}

async function waitingCheck(stage: Stage, client: SQSClient, queue: string, output: string): Promise<Check> {
  const { waiting, hidden } = await sizeOf(client, outputOf(stage, output));
  const sentence = `${waiting} wait, ${hidden} are being dealt with.`;
  if (waiting < WAITING_NOTED) return ok('queue', queue, sentence);
  return warning(
    'queue',
    queue,
    sentence,
    `Ask again in a minute. If it does not shrink, look at the log of function ${queue === 'ingest' ? 'ingest' : 'command'} and whether its queue mapping is enabled.`,
  );
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
