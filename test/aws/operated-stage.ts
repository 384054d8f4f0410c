import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, UpdateContinuousBackupsCommand } from '@aws-sdk/client-dynamodb';
import { signedApi } from '../cli/signed-api.ts';
import { testHome } from '../queries/home.ts';
import { AWS_ENDPOINT, sdk } from './endpoint.ts';

/** What commands need in order to take the endpoint for AWS; the secret is the one that the API checks with. */
export interface OperatedStage {
  name: string;
  api: Awaited<ReturnType<typeof signedApi>>;
  env: Record<string, string>;
  /** A physical name in the stack. */
  named(what: string): string;
  remove(): Promise<void>;
}

/**
 * A stack with the outputs and resources that commands for operators look at, and beside it the real API, signed for.
 * Everything that a deployment makes besides is left out: those tests are the end-to-end ones.
 * @param options.queuesAreRead a function takes every message from the queues of events and of commands
 */
export async function operatedStage(options: { queuesAreRead?: boolean } = {}): Promise<OperatedStage> {
  const secret = process.env.AWS_SECRET_ACCESS_KEY ?? 'test';
  const name = `t${process.pid}-${Date.now().toString(36)}`;
  const stack = `spillway-${name}`;
  const home = await testHome();
  // The state machine that the stack makes; the emulator's account is zeros.
  const stateMachineArn = `arn:aws:states:${sdk.region}:000000000000:stateMachine:${stack}-process-files`;
  const routes = home.sources.routes.map((route) => ({ ...route, stateMachineArn }));
  const api = await signedApi({ secret, home: { ...home, sources: { ...home.sources, routes } } });
  const client = new CloudFormationClient(sdk);
  await client.send(
    new CreateStackCommand({
      StackName: stack,
      TemplateBody: JSON.stringify(template(stack, api.url, options.queuesAreRead === true)),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
    }),
  );
  await waitUntilStackCreateComplete({ client, maxWaitTime: 60, minDelay: 1 }, { StackName: stack });
  await recoverable(`${stack}-log`);
  return {
    name,
    api,
    env: {
      AWS_ENDPOINT_URL: AWS_ENDPOINT,
      AWS_REGION: sdk.region,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: secret,
    },
    named: (what) => `${stack}-${what}`,
    remove: async () => {
      await client.send(new DeleteStackCommand({ StackName: stack }));
      client.destroy();
      await api.stop();
    },
  };
}

/** The emulator overlooks this property of a table in a template. */
async function recoverable(table: string): Promise<void> {
  const client = new DynamoDBClient(sdk);
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  await client.send(
    new UpdateContinuousBackupsCommand({ TableName: table, PointInTimeRecoverySpecification }),
  );
  client.destroy();
}

const queue = (name: string) => ({ Type: 'AWS::SQS::Queue', Properties: { QueueName: name } });
const mapping = (queueId: string) => ({
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: { EventSourceArn: arn(queueId), FunctionName: arn('Reader') },
});
const alarm = (name: string) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName: name,
    AlarmDescription: 'What it means.',
    Namespace: 'Spillway',
    MetricName: name,
    Statistic: 'Sum',
    Period: 300,
    EvaluationPeriods: 1,
    Threshold: 0,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
  },
});
const ref = (Ref: string) => ({ Ref });
const arn = (resource: string) => ({ 'Fn::GetAtt': [resource, 'Arn'] });

function template(stack: string, apiUrl: string, queuesAreRead: boolean) {
  const outputs = {
    ApiUrl: apiUrl,
    TableName: ref('Table'),
    IngestQueueUrl: ref('IngestQueue'),
    IngestDlqUrl: ref('IngestDlq'),
    CommandsQueueUrl: ref('CommandsQueue'),
    CommandsDlqUrl: ref('CommandsDlq'),
    StatusDlqUrl: ref('StatusDlq'),
    TopicArn: ref('Topic'),
    BusName: 'default',
    ManifestBucket: ref('Landing'),
    BucketLanding: ref('Landing'),
    StateMachineProcessFilesArn: ref('Machine'),
    Version: '0.1.0',
  };
  return {
    Resources: {
      IngestQueue: queue(`${stack}-ingest`),
      IngestDlq: queue(`${stack}-ingest-dlq`),
      CommandsQueue: queue(`${stack}-commands`),
      CommandsDlq: queue(`${stack}-commands-dlq`),
      StatusDlq: queue(`${stack}-status-dlq`),
      Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: stack } },
      Told: {
        Type: 'AWS::SNS::Subscription',
        Properties: { TopicArn: ref('Topic'), Protocol: 'sqs', Endpoint: arn('StatusDlq') },
      },
      Reader: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: `${stack}-reader`,
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Role: arn('Role'),
          Code: { ZipFile: 'exports.handler = async () => ({ batchItemFailures: [] });' },
        },
      },
      ...(queuesAreRead && {
        IngestMapping: mapping('IngestQueue'),
        CommandsMapping: mapping('CommandsQueue'),
      }),
      LatenessAlarm: alarm(`${stack}-Lateness`),
      FailedStartsAlarm: alarm(`${stack}-FailedStarts`),
      ClockSkewAlarm: alarm(`${stack}-ClockSkew`),
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          TableName: `${stack}-log`,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        },
      },
      Landing: {
        Type: 'AWS::S3::Bucket',
        Properties: {
          BucketName: `${stack}-landing`,
          NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
        },
      },
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: `${stack}-role`,
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              { Effect: 'Allow', Principal: { Service: 'states.amazonaws.com' }, Action: 'sts:AssumeRole' },
            ],
          },
        },
      },
      Machine: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          StateMachineName: `${stack}-process-files`,
          RoleArn: arn('Role'),
          DefinitionString: '{"StartAt":"Done","States":{"Done":{"Type":"Succeed"}}}',
        },
      },
      Group: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: `${stack}-timers` } },
      Flush: {
        Type: 'AWS::Scheduler::Schedule',
        Properties: {
          Name: `${stack}-sales-0`,
          GroupName: ref('Group'),
          ScheduleExpression: 'cron(0/30 8-16 ? * MON-FRI *)',
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: { Arn: arn('CommandsQueue'), RoleArn: arn('Role'), Input: '{}' },
        },
      },
      Reconcile: {
        Type: 'AWS::Scheduler::Schedule',
        Properties: {
          Name: 'reconcile',
          GroupName: ref('Group'),
          ScheduleExpression: 'rate(5 minutes)',
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: { Arn: arn('Reader'), RoleArn: arn('Role'), Input: '{}' },
        },
      },
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          Name: `${stack}-events-0`,
          EventPattern: { source: ['aws.s3'] },
          Targets: [{ Id: 'ingest', Arn: arn('IngestQueue') }],
        },
      },
    },
    Outputs: Object.fromEntries(Object.entries(outputs).map(([name, Value]) => [name, { Value }])),
  };
}
