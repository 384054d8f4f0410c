import { Readable } from 'node:stream';
import { DynamoDBClient, type DynamoDBClientConfig, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { tableClient } from '../../src/table/client.ts';
import type { Section } from '../bench.ts';
import { median } from './statistics.ts';

/** A row for each client: CPU of a put, round by round (µs). */
export interface SdkRow {
  client: string;
  micros: number[];
}

const PUTS = 1_500;
const ROUNDS = 7;

/** The SDK's own part of a request: an answer is at hand, so that no network and no table is waited for. */
export async function measureSdk(quick: boolean): Promise<SdkRow[]> {
  const rows = Object.entries(clients()).map(([client, made]) => ({ client, made, micros: [] as number[] }));
  const puts = quick ? PUTS / 10 : PUTS;
  // Round 0 warms up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const { made, micros } of rows) {
      const value = await microsOfPut(made, puts, round);
      if (round > 0) micros.push(value);
    }
  }
  for (const { made } of rows) made.destroy();
  return rows.map(({ client, micros }) => ({ client, micros }));
}

export function sdkSection(rows: readonly SdkRow[]): Section {
  return {
    title: 'What the SDK takes of a put',
    text: `CPU of a conditional put of 200 bytes in the AWS SDK alone, its answer being at hand: no network, no table. ${ROUNDS} rounds, in turns; the median and the best.`,
    head: ['client', 'CPU µs', 'best round'],
    rows: rows.map(({ client, micros }) => [client, median(micros), Math.min(...micros)]),
    notes: [
      'As used here, middleware is put together once for each kind of request, and no request or answer is copied for a log. Signing stays: AWS wants it.',
    ],
  };
}

function clients(): Record<string, DynamoDBClient> {
  return {
    'as it comes': new DynamoDBClient(configuration()),
    'as used here': tableClient(configuration()),
    'as used here, not signing': tableClient({
      ...configuration(),
      signer: { sign: async (asked) => asked },
    }),
  };
}

function configuration(): DynamoDBClientConfig {
  return {
    region: 'us-east-1',
    endpoint: 'http://127.0.0.1:1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: { handle: async () => ({ response: answer() }) },
  };
}

function answer() {
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  return { statusCode: 200, headers, body: Readable.from([Buffer.from('{}')]) };
}

async function microsOfPut(client: DynamoDBClient, puts: number, round: number): Promise<number> {
  const before = process.cpuUsage();
  for (let put = 0; put < puts; put += 1) {
    await client.send(
      new PutItemCommand({
        TableName: 'bench',
        Item: {
          pk: { S: 'LOG#sales#' },
          sk: { S: `${round}-${put}` },
          r: { B: new Uint8Array(200) },
        },
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / puts;
}
