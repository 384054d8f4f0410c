import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, expect, test } from 'vitest';
import { pipelineChecks } from '../../src/doctor/pipelines.ts';
import { queueChecks } from '../../src/doctor/queues.ts';
import { topicChecks } from '../../src/doctor/topic.ts';

/** Answers of AWS that no emulator gives, in the shapes of the API references. */

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
});

async function answering(listener: RequestListener) {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
}

const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:spillway-prod-failures';
const stage = {
  name: 'prod',
  stack: 'spillway-prod',
  status: 'UPDATE_COMPLETE',
  account: '111122223333',
  region: 'eu-central-1',
  outputs: {
    TopicArn: TOPIC,
    ...Object.fromEntries(
      ['IngestQueueUrl', 'CommandsQueueUrl', 'IngestDlqUrl', 'CommandsDlqUrl', 'StatusDlqUrl'].map((name) => [
        name,
        `https://sqs.eu-central-1.amazonaws.com/111122223333/${name}`,
      ]),
    ),
  },
};

const member = (arn: string, endpoint: string) =>
  `<member><SubscriptionArn>${arn}</SubscriptionArn><Protocol>email</Protocol><Endpoint>${endpoint}</Endpoint></member>`;

test('an address that has not confirmed is told, with the command that sends the mail again', async () => {
  const settings = await answering((_request, response) => {
    const members = member('PendingConfirmation', "o'ps@example.org") + member(`${TOPIC}:1`, 'b@example.org');
    response.end(
      `<ListSubscriptionsByTopicResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ListSubscriptionsByTopicResult><Subscriptions>${members}</Subscriptions></ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>`,
    );
  });
  expect(await topicChecks(stage, new SNSClient(settings))).toMatchObject([
    {
      result: 'warning',
      subject: "o'ps@example.org",
      mend: expect.stringContaining(
        `--topic-arn ${TOPIC} --protocol email --notification-endpoint 'o'\\''ps@`,
      ),
    },
    { result: 'ok', sentence: 'It tells 1 of failed batches and alarms.' },
  ]);
});

test('a state machine that a route names by its ARN is looked at, and told as gone with the routes that want it', async () => {
  const settings = await answering((_request, response) => {
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(
      JSON.stringify({ __type: 'StateMachineDoesNotExist', message: 'State Machine Does Not Exist' }),
    );
  });
  const arn = 'arn:aws:states:eu-central-1:111122223333:stateMachine:theirs';
  const route = {
    name: 'sales',
    configured: true,
    suffixes: [],
    nextTicks: [],
    partitions: 0,
    openWindows: 0,
  };
  const checks = await pipelineChecks(stage, [{ ...route, stateMachineArn: arn }], new SFNClient(settings));
  expect(checks).toMatchObject([
    {
      result: 'failed',
      subject: 'theirs',
      sentence: 'It is gone.',
      mend: expect.stringMatching(/^Bring arn:\S+theirs back, or name another for sales in routes\.yml/),
    },
  ]);
});

test('a refusal names the permission; an answer that fails does not', async () => {
  let type = 'com.amazonaws.sqs#AccessDenied';
  const settings = await answering((_request, response) => {
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: type, message: 'no' }));
  });
  const clients = { sqs: new SQSClient(settings), metrics: new CloudWatchClient(settings) };
  const mends = async () =>
    new Set((await queueChecks(stage, () => [], clients)).map(({ result, mend }) => `${result}: ${mend}`));
  expect(await mends()).toEqual(new Set(['failed: Allow yourself sqs:GetQueueAttributes.']));
  type = 'com.amazonaws.sqs#RequestThrottled';
  expect(await mends()).toEqual(new Set(['failed: The sentence says why; ask again then.']));
  type = 'com.amazonaws.sqs#QueueDoesNotExist';
  expect([...(await mends())].join()).toContain('REVERT_DRIFT');
});
