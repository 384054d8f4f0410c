import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMeter, itemBytes } from '../../bench/log/meter.ts';

/** What the engine says next; the meter bills what AWS would. */
const answers: { status: number; body: object }[] = [];
const server = createServer((request, response) => {
  request.resume();
  const { status, body } = answers.shift() ?? { status: 500, body: {} };
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify(body));
});
let client: DynamoDBClient;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
});
afterAll(() => {
  client.destroy();
  server.close();
});

const item = (pk: string, bytes: number) => ({ pk: { S: pk }, text: { S: 'x'.repeat(bytes) } });

test('bills transactions by item, failed conditions by the larger item, and queries that find nothing', async () => {
  const meter = createMeter();
  meter.watch(client);
  const transaction = new TransactWriteItemsCommand({
    TransactItems: [
      { Put: { TableName: 't', Item: item('EVENT#1', 100) } },
      { Put: { TableName: 't', Item: item('EVENT#2', 1500) } },
    ],
  });
  answers.push({ status: 200, body: { ConsumedCapacity: [{ CapacityUnits: 4 }] } });
  await client.send(transaction);
  answers.push({
    status: 400,
    body: { __type: 'TransactionCanceledException', CancellationReasons: [{ Code: 'None' }] },
  });
  await expect(client.send(transaction)).rejects.toThrow();
  expect(meter.usage.TRANSACTION).toEqual({ wcu: 12, rcu: 0, requests: 2, refused: 1 });

  const put = new PutItemCommand({
    TableName: 't',
    Item: item('LOG#1', 10),
    ConditionExpression: 'attribute_not_exists(pk)',
  });
  answers.push({ status: 200, body: { ConsumedCapacity: { CapacityUnits: 1 } } });
  await client.send(put);
  answers.push({
    status: 400,
    body: { __type: 'ConditionalCheckFailedException', Item: item('LOG#1', 3000) },
  });
  await expect(client.send(put)).rejects.toThrow();
  answers.push({ status: 200, body: { Items: [], ConsumedCapacity: { CapacityUnits: 0 } } });
  await client.send(
    new QueryCommand({
      TableName: 't',
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: 'LOG#1' } },
    }),
  );
  expect(meter.usage.LOG).toEqual({ wcu: 4, rcu: 1, requests: 3, refused: 1 });
});

test('sizes an item as DynamoDB does: names and values', () => {
  expect(itemBytes({ pk: { S: 'äb' }, n: { N: '1234' }, r: { B: new Uint8Array(7) } })).toBe(
    2 + 3 + 1 + 3 + 1 + 7,
  );
});
