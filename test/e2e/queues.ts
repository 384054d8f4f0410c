import { ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { expect } from 'vitest';
import { STACK } from './deploy.ts';
import { eventually } from './waiting.ts';
import { output, type World } from './world.ts';

/** Stops and starts the delivery of a queue to a function: what waits meanwhile comes together afterwards. */
export async function delivery(world: World, name: 'ingest' | 'command', enabled: boolean): Promise<void> {
  const { EventSourceMappings: mappings = [] } = await world.lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: `${STACK}-${name}` }),
  );
  expect(mappings.length).toBeGreaterThan(0);
  for (const { UUID } of mappings) {
    await world.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: enabled }));
  }
}

/**
 * Lets messages that were not dealt with come again after seconds, and give up after a few times. AWS refuses a
 * visibility timeout below the function's own, so the stack cannot ask for this; nothing but waiting is saved.
 */
export async function hurry(world: World): Promise<void> {
  for (const name of ['Ingest', 'Commands']) {
    const QueueUrl = output(world.outputs, `${name}QueueUrl`);
    const { Attributes: { RedrivePolicy = '' } = {} } = await world.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] }),
    );
    const Attributes = {
      VisibilityTimeout: '5',
      RedrivePolicy: JSON.stringify({ ...JSON.parse(RedrivePolicy), maxReceiveCount: 6 }),
    };
    await world.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  }
}

/** Messages that can be received now, and those that are being worked on. */
export async function depth(world: World, queueUrl: string): Promise<number> {
  const { Attributes = {} } = await world.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: queueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return (
    Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible)
  );
}

export function empty(world: World, queueUrl: string): Promise<void> {
  return eventually(async () => expect(await depth(world, queueUrl), queueUrl).toBe(0));
}

/** The bodies of what waits, once there are so many; they stay there. */
export async function peek(world: World, queueUrl: string, wanted: number): Promise<string[]> {
  const bodies = new Map<string, string>();
  return eventually(async () => {
    const { Messages: messages = [] } = await world.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
    );
    for (const { MessageId = '', Body = '' } of messages) bodies.set(MessageId, Body);
    expect(bodies.size, queueUrl).toBeGreaterThanOrEqual(wanted);
    return [...bodies.values()];
  });
}

export async function send(world: World, queueUrl: string, body: string): Promise<void> {
  await world.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
}

/** A queue of the test's own that anything in the account may send to. */
export async function ownQueue(world: World, name: string): Promise<{ url: string; arn: string }> {
  const { QueueUrl: url = '' } = await world.sqs.send(new CreateQueueCommand({ QueueName: name }));
  const { Attributes: { QueueArn: arn = '' } = {} } = await world.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
  );
  const statement = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: arn };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await world.sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy } }));
  return { url, arn };
}
