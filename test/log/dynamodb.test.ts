import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LogRecord } from '../../src/core/window.ts';
import { dynamoLog } from '../../src/log/dynamodb.ts';
import { LogCorruptError, LogUnavailableError } from '../../src/log/log.ts';
import { encodeRecord } from '../../src/log/record.ts';
import { openEmbeddedTable } from '../../src/table/embedded.ts';
import { TableRefusedError } from '../../src/table/errors.ts';
import type { Table } from '../../src/table/items.ts';
import { logKey } from '../../src/table/layout.ts';
import { describeLog } from '../contracts/log.ts';
import { plainRecord } from '../contracts/records.ts';
import { tableEngines } from '../table/tables.ts';

for (const engine of tableEngines()) {
  describeLog({
    name: engine.name,
    open: async () => {
      const table = await engine.open();
      return { log: dynamoLog(table), close: table.close };
    },
    skip: engine.handsOverExisting
      ? []
      : [
          {
            test: 'a conflict hands over the winner',
            reason: 'dynalite ignores ReturnValuesOnConditionCheckFailure',
          },
        ],
  });
}

const key = { route: 'sales', partition: 'acme' };

describe('dynamoLog and an engine that fails', () => {
  const answers: { status: number; type: string; item?: object }[] = [];
  const server = createServer((request, response) => {
    request.resume();
    const answer = answers.shift();
    if (answer === undefined) return request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
    const item = answer.item === undefined ? {} : { Item: answer.item };
    return response.end(JSON.stringify({ __type: answer.type, message: 'said so', ...item }));
  });
  let table: Table;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const client = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'local',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    });
    table = { client, table: 'spillway' };
  });
  afterAll(() => {
    table.client.destroy();
    server.close();
  });

  test.each([
    { status: 400, type: 'ProvisionedThroughputExceededException' },
    { status: 400, type: 'ThrottlingException' },
    { status: 400, type: 'RequestLimitExceeded' },
    { status: 500, type: 'InternalServerError' },
    { status: 503, type: 'ServiceUnavailable' },
  ])('$status $type is an unavailable log: try again', async (answer) => {
    answers.push(answer, answer);
    await expect(dynamoLog(table).append(key, plainRecord(1, 1))).rejects.toBeInstanceOf(LogUnavailableError);
    await expect(dynamoLog(table).tail(key)).rejects.toMatchObject({
      name: 'LogUnavailableError',
      key,
      cause: expect.any(Error),
    });
  });

  test('a connection that breaks is an unavailable log', async () => {
    await expect(dynamoLog(table).append(key, plainRecord(1, 1))).rejects.toBeInstanceOf(LogUnavailableError);
    await expect(dynamoLog(table).readForward(key, 1, 10)).rejects.toBeInstanceOf(LogUnavailableError);
  });

  test.each([
    { status: 400, type: 'AccessDeniedException' },
    { status: 400, type: 'ResourceNotFoundException' },
    { status: 400, type: 'ValidationException' },
  ])('$type is a refusal, which trying again would only repeat', async (answer) => {
    answers.push(answer, answer);
    await expect(dynamoLog(table).append(key, plainRecord(1, 1))).rejects.toBeInstanceOf(TableRefusedError);
    await expect(dynamoLog(table).tail(key)).rejects.toThrow('said so');
  });

  test('a failed condition hands over the item that comes with it', async () => {
    const stored = storedItem(plainRecord(1, 7));
    answers.push({ status: 400, type: 'ConditionalCheckFailedException', item: stored });
    expect(await dynamoLog(table).append(key, plainRecord(1, 1))).toEqual({
      committed: false,
      winner: plainRecord(1, 7),
    });
  });

  test('a put repeated after a lost reply meets itself: a conflict whose winner is our own record', async () => {
    const { port } = server.address() as AddressInfo;
    const client = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'local',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 2,
    });
    const record = plainRecord(1, 1);
    answers.push({ status: 500, type: 'InternalServerError' });
    answers.push({
      status: 400,
      type: 'ConditionalCheckFailedException',
      item: storedItem(record),
    });
    expect(await dynamoLog({ client, table: 'spillway' }).append(key, record)).toEqual({
      committed: false,
      winner: record,
    });
    client.destroy();
  });
});

describe('dynamoLog and a damaged item', () => {
  let table: Awaited<ReturnType<typeof openEmbeddedTable>>;
  beforeAll(async () => {
    table = await openEmbeddedTable();
  });
  afterAll(() => table.close());

  test('a record without bytes, with other bytes or under another seq is corrupt', async () => {
    const log = dynamoLog(table);
    await log.append(key, plainRecord(1, 1));
    const { Attributes: item } = await table.client.send(
      new UpdateItemCommand({
        TableName: table.table,
        Key: keyOf(1),
        UpdateExpression: 'SET more = :more',
        ExpressionAttributeValues: { ':more': { N: '1' } },
        ReturnValues: 'ALL_NEW',
      }),
    );
    expect(await log.get(key, 1)).toEqual(plainRecord(1, 1));

    const put = (Item: typeof item) =>
      table.client.send(new PutItemCommand({ TableName: table.table, Item: Item }));
    await put({ ...item, ...keyOf(2) });
    await put({ ...keyOf(3) });
    await put({ ...keyOf(4), r: { B: new Uint8Array([1, 2, 3]) } });
    for (const seq of [2, 3, 4]) {
      await expect(log.get(key, seq)).rejects.toMatchObject({ name: 'LogCorruptError', key, seq });
    }
    await expect(log.tail(key)).rejects.toBeInstanceOf(LogCorruptError);
    await expect(log.readForward(key, 1, 10)).rejects.toBeInstanceOf(LogCorruptError);
  });
});

function keyOf(seq: number) {
  const { pk, sk } = logKey(key, seq);
  return { pk: { S: pk }, sk: { S: sk } };
}

/** A record's item in DynamoDB's JSON. */
function storedItem(record: LogRecord): object {
  const bytes = Buffer.from(encodeRecord(key, record)).toString('base64');
  return { ...keyOf(record.seq), r: { B: bytes } };
}
