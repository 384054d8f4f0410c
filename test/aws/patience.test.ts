import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { PATIENCE } from '../../src/aws.ts';
import { sqsCommands } from '../../src/commands/sqs.ts';
import { ensure } from '../contracts/commands.ts';

test('a request that is never answered is given up and repeated, and then fails', async () => {
  let requests = 0;
  const server = createServer((request) => {
    requests += 1;
    request.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new SQSClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 2,
    requestHandler: { ...PATIENCE, requestTimeout: 100 },
  });
  const sending = sqsCommands({ client, queueUrl: `${endpoint}/1/commands` }).send(ensure(1));
  await expect(sending).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(requests).toBe(2);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
