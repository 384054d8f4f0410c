import { setTimeout } from 'node:timers/promises';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { describe } from 'vitest';

/** An AWS to test against, such as an emulator; left out, the tests that need one are skipped. */
export const AWS_ENDPOINT = process.env.SPILLWAY_AWS_ENDPOINT ?? '';

/** For every SDK client of these tests. */
export const sdk = {
  endpoint: AWS_ENDPOINT,
  region: process.env.AWS_REGION ?? 'eu-central-1',
  ...(process.env.AWS_ACCESS_KEY_ID === undefined && {
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  }),
};

/** Runs tests that need an AWS, or says why it does not. */
export function onAws(name: string, tests: () => void): void {
  if (AWS_ENDPOINT === '') {
    describe.skip(`${name} (skipped: SPILLWAY_AWS_ENDPOINT names no AWS to test against)`, tests);
  } else describe(name, tests);
}

let names = 0;

/** A name that nothing else has at this endpoint. */
export function freshName(what: string): string {
  names += 1;
  return `spillway-test-${what}-${process.pid}-${Date.now().toString(36)}-${names}`;
}

export interface TestQueue {
  url: string;
  arn: string;
  /** Stops receiving and deletes the queue. */
  close(): Promise<void>;
}

/**
 * A queue of its own, received from without end. A message is deleted once `take` resolves, and comes again after a
 * second when it rejects.
 */
export async function openQueue(what: string, take: (message: Message) => Promise<void>): Promise<TestQueue> {
  const client = new SQSClient(sdk);
  const { QueueUrl: url = '' } = await client.send(
    new CreateQueueCommand({ QueueName: freshName(what), Attributes: { VisibilityTimeout: '1' } }),
  );
  const { Attributes: attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
  );
  const stop = new AbortController();
  const receiving = receive(client, url, take, stop.signal);
  return {
    url,
    arn: attributes?.QueueArn ?? '',
    async close() {
      stop.abort();
      await receiving;
      await client.send(new DeleteQueueCommand({ QueueUrl: url }));
      client.destroy();
    },
  };
}

async function receive(
  client: SQSClient,
  url: string,
  take: (message: Message) => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    const { Messages: messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ['All'],
      }),
    );
    await Promise.all(
      messages.map(async (message) => {
        try {
          await take(message);
        } catch {
          return;
        }
        const { ReceiptHandle: receipt } = message;
        await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: receipt }));
      }),
    );
    if (messages.length === 0) await setTimeout(20, undefined, { signal: stop }).catch(() => {});
  }
}
