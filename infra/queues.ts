import type { Stack } from './stack.ts';
import { arnOf, joined, type Resource, type Resources, ref, shortName, sub, type Text } from './template.ts';

/** SQS's longest, in seconds. */
const FOURTEEN_DAYS = 1_209_600;
/** SQS's limit is 80. */
const NAME_MAX = 80;

export interface QueueSettings {
  /** Seconds that ingest and command may run. */
  timeout: number;
  /** Seconds that ingest waits to gather messages of the shared queue. */
  window: number;
  /** Seconds that a message stays hidden while it is worked on; without it as long as Lambda advises. */
  visibility?: number;
  /**
   * How often a message is received before it is a dead letter. Lambda asks for at least 5, so that a throttled
   * function does not turn good messages into dead letters.
   */
  receives: number;
}

/** Six times the function's timeout and its batching window (Lambda developer guide, SQS event sources). */
function visibilityTimeout({ timeout, window, visibility }: QueueSettings): number {
  return visibility ?? 6 * timeout + window;
}

/** The three queues of dead letters, the two main queues, and one for each route with `queue: dedicated`. */
export function queues(stack: Stack, settings: QueueSettings): Resources {
  const { stage, configuration, routeIds } = stack;
  const dedicated = configuration.routes.filter(({ queue }) => queue === 'dedicated');
  const names = new Map(
    dedicated.map(({ name }) => [
      `IngestQueue${routeIds.get(name)}`,
      shortName(`spillway-${stage}-ingest-${name}`, NAME_MAX),
    ]),
  );
  const ingest = [`spillway-${stage}-ingest`, ...names.values()];
  const dedicatedQueues = [...names].map(([id, name]) => ({
    [id]: queue(name, 'IngestDlq', { ...settings, window: 0 }),
  }));
  return joined([
    {
      IngestDlq: deadLetters(`spillway-${stage}-ingest-dlq`, ingest),
      CommandsDlq: deadLetters(`spillway-${stage}-commands-dlq`, [`spillway-${stage}-commands`]),
      StatusDlq: deadLetters(`spillway-${stage}-status-dlq`, []),
      IngestQueue: queue(`spillway-${stage}-ingest`, 'IngestDlq', settings),
      CommandsQueue: queue(`spillway-${stage}-commands`, 'CommandsDlq', { ...settings, window: 0 }),
    },
    ...dedicatedQueues,
    dedicatedMappings([...names.keys()]),
    policies([...names.keys()]),
  ]);
}

/** Latency counts here: small batches, none waited for. */
function dedicatedMappings(queueIds: string[]): Resources {
  return Object.fromEntries(
    queueIds.map((id): [string, Resource] => [
      `${id}Mapping`,
      {
        Type: 'AWS::Lambda::EventSourceMapping',
        DependsOn: 'IngestRole',
        Properties: {
          EventSourceArn: arnOf(id),
          FunctionName: arnOf('IngestLambdaFunction'),
          BatchSize: 10,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          ScalingConfig: { MaximumConcurrency: 2 },
        },
      },
    ]),
  );
}

function queue(name: string, deadLettersId: string, settings: QueueSettings): Resource {
  return {
    Type: 'AWS::SQS::Queue',
    Properties: {
      QueueName: name,
      VisibilityTimeout: visibilityTimeout(settings),
      MessageRetentionPeriod: FOURTEEN_DAYS,
      SqsManagedSseEnabled: true,
      RedrivePolicy: { deadLetterTargetArn: arnOf(deadLettersId), maxReceiveCount: settings.receives },
    },
  };
}

/** @param from names of the queues whose dead letters come here */
function deadLetters(name: string, from: string[]): Resource {
  const allow: Record<string, unknown> =
    from.length === 0 || from.length > REDRIVE_SOURCES_MAX
      ? { redrivePermission: from.length === 0 ? 'denyAll' : 'allowAll' }
      : { redrivePermission: 'byQueue', sourceQueueArns: from.map(queueArn) };
  return {
    Type: 'AWS::SQS::Queue',
    Properties: {
      QueueName: name,
      MessageRetentionPeriod: FOURTEEN_DAYS,
      SqsManagedSseEnabled: true,
      RedriveAllowPolicy: allow,
    },
  };
}

/** SQS names at most ten source queues in a redrive allow policy. */
const REDRIVE_SOURCES_MAX = 10;

function queueArn(name: string): Text {
  return sub(`arn:\${AWS::Partition}:sqs:\${AWS::Region}:\${AWS::AccountId}:${name}`);
}

function policies(dedicated: string[]): Resources {
  const fromRules = ['IngestQueue', ...dedicated, 'IngestDlq', 'StatusDlq'];
  return Object.fromEntries(
    [...fromRules, 'CommandsQueue', 'CommandsDlq'].map((id): [string, Resource] => [
      `${id}Policy`,
      {
        Type: 'AWS::SQS::QueuePolicy',
        Properties: {
          Queues: [ref(id)],
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [plainTextDenied(id), ...(fromRules.includes(id) ? [rulesAllowed(id)] : [])],
          },
        },
      },
    ]),
  );
}

function plainTextDenied(id: string) {
  return {
    Sid: 'DenyPlainText',
    Effect: 'Deny',
    Principal: '*',
    Action: 'sqs:*',
    Resource: arnOf(id),
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
}

/** Rules get their names from CloudFormation, which begin with the stack's. */
function rulesAllowed(id: string) {
  return {
    Sid: 'AllowRulesOfThisStack',
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: arnOf(id),
    Condition: {
      ArnLike: {
        'aws:SourceArn': sub(
          `arn:\${AWS::Partition}:events:\${AWS::Region}:\${AWS::AccountId}:rule/\${AWS::StackName}-*`,
        ),
      },
      StringEquals: { 'aws:SourceAccount': ref('AWS::AccountId') },
    },
  };
}
