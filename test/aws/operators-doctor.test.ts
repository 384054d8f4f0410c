import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DisableAlarmActionsCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { DisableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import {
  DeleteEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { PutBucketNotificationConfigurationCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DeleteScheduleCommand,
  GetScheduleCommand,
  SchedulerClient,
  UpdateScheduleCommand,
  type UpdateScheduleCommandInput,
} from '@aws-sdk/client-scheduler';
import { DeleteStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { ListSubscriptionsByTopicCommand, SNSClient, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Check } from '../../src/doctor/check.ts';
import { findStage, outputOf, type Stage } from '../../src/stage/stage.ts';
import { run } from '../cli/spawned.ts';
import { onAws, sdk } from './endpoint.ts';
import { type OperatedStage, operatedStage } from './operated-stage.ts';

onAws('doctor', () => {
  let operated: OperatedStage;
  let stage: Stage;

  beforeAll(async () => {
    operated = await operatedStage({ queuesAreRead: true });
    operated.api.home.time.now = Date.now();
    for (const [name, value] of Object.entries(operated.env)) process.env[name] ??= value;
    stage = await findStage(operated.name);
  }, 90_000);

  afterAll(() => operated?.remove());

  const examine = async (...words: string[]) => {
    const asked = ['doctor', '--stage', operated.name, '--json', ...words];
    const { code, stdout } = await run(asked, { env: operated.env });
    const document: { healthy: boolean; checks: Check[] } = JSON.parse(stdout);
    return { code, ...document };
  };
  const amiss = ({ checks }: { checks: Check[] }) =>
    checks.filter(({ result }) => result !== 'ok').map(({ check, subject }) => `${check} ${subject}`);
  const named = (what: string) => operated.named(what);

  test('finds nothing to mend in a stage that is well', async () => {
    const found = await examine();
    expect(found.checks.filter(({ result }) => result !== 'ok')).toEqual([]);
    expect(found).toMatchObject({ code: 0, healthy: true });
    const looked = new Set(found.checks.map(({ check }) => check));
    expect([...looked].sort()).toEqual([
      ...['alarm', 'api', 'backup', 'bucket', 'clock', 'dead-letters', 'function', 'mapping', 'outputs'],
      ...['queue', 'rule', 'schedule', 'stack', 'state-machine', 'table', 'topic', 'version', 'windows'],
    ]);
  });

  test('looks at the rest where the API does not answer', async () => {
    const { code, checks } = await examine('--url', 'http://127.0.0.1:9');
    expect(code).toBe(1);
    expect(checks.find(({ check }) => check === 'api')?.sentence).toContain('127.0.0.1:9');
    expect(checks.find(({ check }) => check === 'table')?.result).toBe('ok');
  });

  test('sees what was switched off, and says what switches it on again', async () => {
    const lambda = new LambdaClient(sdk);
    const { EventSourceMappings: mappings = [] } = await lambda.send(
      new ListEventSourceMappingsCommand({ FunctionName: named('reader') }),
    );
    const ingest = mappings.find(({ EventSourceArn: from }) => from?.endsWith('-ingest'))?.UUID ?? '';
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID: ingest, Enabled: false }));
    await lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName: named('reader'), ReservedConcurrentExecutions: 0 }),
    );
    await new EventBridgeClient(sdk).send(new DisableRuleCommand({ Name: named('events-0') }));
    await switchOff(named('timers'), named('sales-0'));
    await new S3Client({ ...sdk, forcePathStyle: true }).send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: named('landing'),
        NotificationConfiguration: {},
      }),
    );
    const found = await examine();
    expect(amiss(found).sort()).toEqual([
      `bucket ${named('landing')}`,
      `function ${named('reader')}`,
      `mapping ${named('ingest')}`,
      `rule ${named('events-0')}`,
      `schedule ${named('sales-0')}`,
    ]);
    expect(found).toMatchObject({ code: 1, healthy: false });
    const mend = (check: string) => found.checks.find((each) => each.check === check && each.mend)?.mend;
    expect(mend('mapping')).toBe(`aws lambda update-event-source-mapping --uuid ${ingest} --enabled`);
    expect(mend('function')).toBe(
      `aws lambda delete-function-concurrency --function-name ${named('reader')}`,
    );
    expect(mend('rule')).toBe(`aws events enable-rule --name ${named('events-0')}`);
    expect(mend('schedule')).toMatch(
      /^aws scheduler update-schedule --cli-input-json '\{.*"State":"ENABLED"/,
    );
    expect(mend('bucket')).toContain(
      `--bucket ${named('landing')} --notification-configuration '{"EventBridgeConfiguration":{}}'`,
    );
  });

  test('sees what is gone, and what is read by nobody any more', async () => {
    const lambda = new LambdaClient(sdk);
    const { EventSourceMappings: mappings = [] } = await lambda.send(
      new ListEventSourceMappingsCommand({ FunctionName: named('reader') }),
    );
    const commands = mappings.find(({ EventSourceArn: from }) => from?.endsWith('-commands'))?.UUID;
    await lambda.send(new DeleteEventSourceMappingCommand({ UUID: commands }));
    await new SchedulerClient(sdk).send(
      new DeleteScheduleCommand({ Name: 'reconcile', GroupName: named('timers') }),
    );
    await new SFNClient(sdk).send(
      new DeleteStateMachineCommand({ stateMachineArn: outputOf(stage, 'StateMachineProcessFilesArn') }),
    );
    const found = await examine();
    expect(amiss(found)).toEqual(
      expect.arrayContaining([
        `mapping ${named('commands')}`,
        'schedule reconcile',
        `state-machine ${named('process-files')}`,
      ]),
    );
    for (const { check, mend } of found.checks.filter(({ sentence }) => sentence.includes('gone'))) {
      expect({ check, mend }).toMatchObject({
        mend: expect.stringContaining('--deployment-mode REVERT_DRIFT'),
      });
    }
  });

  test('tells alarms that ring, are gone or tell nobody', async () => {
    const client = new CloudWatchClient(sdk);
    const ring = { StateValue: 'ALARM' as const, StateReason: 'Threshold crossed.' };
    await client.send(new SetAlarmStateCommand({ AlarmName: named('Lateness'), ...ring }));
    await client.send(new DeleteAlarmsCommand({ AlarmNames: [named('ClockSkew')] }));
    await client.send(new DisableAlarmActionsCommand({ AlarmNames: [named('FailedStarts')] }));
    const { checks } = await examine();
    const alarms = checks.filter(({ check }) => check === 'alarm');
    expect(alarms.toSorted((a, b) => b.subject.localeCompare(a.subject))).toMatchObject([
      {
        subject: named('Lateness'),
        result: 'failed',
        sentence: 'It rings. What it means. Threshold crossed.',
        mend: `spillway batches --stage ${operated.name} (docs/operations.md tells of Lateness)`,
      },
      { subject: named('FailedStarts'), result: 'warning' },
      { subject: named('ClockSkew'), result: 'failed', sentence: 'It is gone.' },
    ]);
  });

  test('tells how many dead letters there are, and for how long', async () => {
    const QueueUrl = outputOf(stage, 'CommandsDlqUrl');
    await new SQSClient(sdk).send(new SendMessageCommand({ QueueUrl, MessageBody: 'poison' }));
    await new CloudWatchClient(sdk).send(
      new PutMetricDataCommand({
        Namespace: 'AWS/SQS',
        MetricData: [
          {
            MetricName: 'ApproximateAgeOfOldestMessage',
            Dimensions: [{ Name: 'QueueName', Value: named('commands-dlq') }],
            Value: 3 * 86_400 + 5,
            Unit: 'Seconds',
          },
        ],
      }),
    );
    const { checks } = await examine();
    expect(checks.find(({ check, result }) => check === 'dead-letters' && result === 'failed')).toMatchObject(
      {
        subject: 'commands',
        sentence: expect.stringContaining('about 1, the oldest for 3 days'),
        mend: expect.stringContaining(`spillway dlq ls --queue commands --stage ${operated.name}`),
      },
    );
  });

  test('tells where nobody is told', async () => {
    const client = new SNSClient(sdk);
    const { Subscriptions: [told] = [] } = await client.send(
      new ListSubscriptionsByTopicCommand({ TopicArn: outputOf(stage, 'TopicArn') }),
    );
    await client.send(new UnsubscribeCommand({ SubscriptionArn: told?.SubscriptionArn }));
    const { checks } = await examine();
    expect(checks.find(({ check }) => check === 'topic')).toMatchObject({
      result: 'warning',
      mend: expect.stringContaining('aws sns subscribe --topic-arn'),
    });
  });

  async function switchOff(GroupName: string, Name: string): Promise<void> {
    const client = new SchedulerClient(sdk);
    const schedule = await client.send(new GetScheduleCommand({ GroupName, Name }));
    const { ScheduleExpression, FlexibleTimeWindow, Target } = schedule;
    const wanted = { GroupName, Name, ScheduleExpression, FlexibleTimeWindow, Target, State: 'DISABLED' };
    await client.send(new UpdateScheduleCommand(wanted as UpdateScheduleCommandInput));
  }
});
