import { GetQueueAttributesCommand, GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { awsError } from '../src/stage/errors.ts';
import type { DeployedStack } from './deployed.ts';
import type { Template } from './osls.ts';
import { arnOf } from './template.ts';

/** SQS counts what waits in a queue approximately, and is right a minute after nobody sends (developer guide). */
const SETTLED_MS = 120_000;

/** Queues of routes that no longer have one of their own, by logical id. */
export function retiredQueues({ template }: Pick<DeployedStack, 'template'>, next: Template): string[] {
  return Object.entries(template.Resources)
    .filter(([id, { Type }]) => Type === 'AWS::SQS::Queue' && /^IngestQueue./.test(id))
    .map(([id]) => id)
    .filter((id) => next.Resources[id] === undefined)
    .sort();
}

/**
 * Whether a queue may go: no rule has sent to it since the deployment before this one, and nothing is left in it.
 * @param waiting messages in it: seen, hidden and delayed
 */
export function mayGo(
  { template, changedAt }: Pick<DeployedStack, 'template' | 'changedAt'>,
  id: string,
  waiting: number,
  now: number,
): boolean {
  const rules = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::Events::Rule');
  const sentTo = rules.some(({ Properties }) =>
    JSON.stringify(Properties?.Targets ?? []).includes(`"${id}"`),
  );
  return !sentTo && waiting === 0 && changedAt + SETTLED_MS <= now;
}

/** Messages of a queue, about; none of one that is gone. @param options.delayed whether delayed ones count */
export async function waitingIn(
  client: SQSClient,
  queue: string,
  { delayed = true }: { delayed?: boolean } = {},
): Promise<number> {
  try {
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: queue }));
    const { Attributes = {} } = await client.send(
      new GetQueueAttributesCommand({
        QueueUrl,
        AttributeNames: [
          'ApproximateNumberOfMessages',
          'ApproximateNumberOfMessagesNotVisible',
          ...(delayed ? (['ApproximateNumberOfMessagesDelayed'] as const) : []),
        ],
      }),
    );
    return Object.values(Attributes).reduce((sum, value) => sum + Number(value), 0);
  } catch (error) {
    if (error instanceof Error && /NonExistentQueue|QueueDoesNotExist/.test(error.name)) return 0;
    throw awsError(`what waits in queue ${queue} (sqs:GetQueueAttributes)`, error);
  }
}

/**
 * Keeps a queue that no rule sends to any more, with all that works it off: CloudFormation would delete it with the
 * events in it.
 */
export function keepQueue(next: Template, { template }: Pick<DeployedStack, 'template'>, id: string): void {
  for (const part of [id, `${id}Policy`, `${id}Mapping`, `${id}AgeAlarm`]) {
    const found = template.Resources[part];
    if (found !== undefined) next.Resources[part] = structuredClone(found);
  }
  const kept = next.Resources[id]?.Properties;
  // The function that reads it may run longer now than when the queue was made.
  if (kept) kept.VisibilityTimeout = next.Resources.IngestQueue?.Properties?.VisibilityTimeout;
  allowReading(next, id);
  allowDeadLetters(next, kept?.QueueName);
}

function allowReading({ Resources }: Template, id: string): void {
  const policies = Resources.IngestRole?.Properties?.Policies as
    | { PolicyDocument: { Statement: { Sid?: string; Resource: unknown[] }[] } }[]
    | undefined;
  const statement = policies?.[0]?.PolicyDocument.Statement.find(({ Sid }) => Sid === 'TakeMessages');
  statement?.Resource.push(arnOf(id));
}

/** The queue of dead letters names the queues that it takes them from, ten at most. */
function allowDeadLetters({ Resources }: Template, name: unknown): void {
  const properties = Resources.IngestDlq?.Properties;
  const allow = properties?.RedriveAllowPolicy as { sourceQueueArns?: unknown[] } | undefined;
  if (properties === undefined || allow?.sourceQueueArns === undefined) return;
  const arn = `arn:\${AWS::Partition}:sqs:\${AWS::Region}:\${AWS::AccountId}:${String(name)}`;
  const sources = [...allow.sourceQueueArns, { 'Fn::Sub': arn }];
  properties.RedriveAllowPolicy =
    sources.length > 10
      ? { redrivePermission: 'allowAll' }
      : { redrivePermission: 'byQueue', sourceQueueArns: sources };
}
