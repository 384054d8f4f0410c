import { Agent, request as httpRequest } from 'node:http';
import { PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { Table } from '../../src/table/items.ts';
import type { BenchOptions, Section } from '../bench.ts';
import { cellText } from '../table.ts';
import type { Engine } from './engine.ts';
import { shuffled } from './interleaved.ts';
import { median, p99, quantile } from './statistics.ts';
import { lcg } from './workload.ts';

const ROUNDS = 6;
/** Of each kind, in a round. */
const REQUESTS = 250;
const BODY_BYTES = 200;
const IF_ABSENT = 'attribute_not_exists(pk)';

/** One kind of request by one client. */
interface Way {
  request: 'conditional put' | 'transaction of two items';
  client: 'AWS SDK' | 'bare HTTP';
  ask(): Promise<unknown>;
  latencies: number[];
  cpuMicros: number;
}

/** What the way to the table takes of a request, whoever asks and whatever is asked. Not for engines without transactions. */
export async function oneRequest(engine: Engine, { quick, seed, say }: BenchOptions): Promise<Section> {
  const table = await engine.openTable();
  try {
    const connection = table.connect();
    const bare = await bareHttp(connection);
    const ways = waysTo(connection, bare.send);
    const random = lcg(seed);
    // Round 0 warms up.
    for (let round = 0; round <= (quick ? 1 : ROUNDS); round += 1) {
      for (const way of shuffled(ways, random)) {
        const measured = await askOften(way);
        if (round === 0) continue;
        way.latencies.push(...measured.latencies);
        way.cpuMicros += measured.cpuMicros;
      }
      say(`one request, round ${round} of ${quick ? 1 : ROUNDS}`);
    }
    bare.close();
    return sectionOf(ways);
  } finally {
    await table.close();
  }
}

/** The same requests through both clients, each to items that were not there. */
function waysTo({ client, table }: Table, send: Send): Way[] {
  let item = 0;
  const key = () => ({ pk: { S: 'ONE#' }, sk: { S: String(item++).padStart(10, '0') } });
  const put = <Bytes>(bytes: Bytes) => ({
    TableName: table,
    Item: { ...key(), r: { B: bytes } },
    ConditionExpression: IF_ABSENT,
  });
  const add = {
    TableName: table,
    Key: { pk: { S: 'COUNT#' }, sk: { S: '=' } },
    UpdateExpression: 'ADD n :one',
    ExpressionAttributeValues: { ':one': { N: '1' } },
  };
  const bytes = new Uint8Array(BODY_BYTES);
  const text = Buffer.from(bytes).toString('base64');
  const none = () => ({ latencies: [], cpuMicros: 0 });
  return [
    {
      ...{ request: 'conditional put', client: 'AWS SDK', ...none() },
      ask: () => client.send(new PutItemCommand(put(bytes))),
    },
    {
      ...{ request: 'conditional put', client: 'bare HTTP', ...none() },
      ask: () => send('PutItem', put(text)),
    },
    {
      ...{ request: 'transaction of two items', client: 'AWS SDK', ...none() },
      ask: () =>
        client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put: put(bytes) }, { Update: add }] })),
    },
    {
      ...{ request: 'transaction of two items', client: 'bare HTTP', ...none() },
      ask: () => send('TransactWriteItems', { TransactItems: [{ Put: put(text) }, { Update: add }] }),
    },
  ];
}

async function askOften({ ask }: Way): Promise<Pick<Way, 'latencies' | 'cpuMicros'>> {
  const latencies: number[] = [];
  const used = process.cpuUsage();
  for (let request = 0; request < REQUESTS; request += 1) {
    const asked = performance.now();
    await ask();
    latencies.push(performance.now() - asked);
  }
  const { user, system } = process.cpuUsage(used);
  return { latencies, cpuMicros: user + system };
}

type Send = (operation: string, body: object) => Promise<void>;

/** DynamoDB's protocol over one connection, and nothing else: DynamoDB Local reads a signature without checking it. */
async function bareHttp({ client }: Table): Promise<{ send: Send; close(): void }> {
  const { hostname, port } = (await client.config.endpoint?.()) ?? {};
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-date': '20260101T000000Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00',
  };
  const send: Send = (operation, body) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const text = JSON.stringify(body);
    const asked = httpRequest(
      {
        ...{ agent, hostname, port, method: 'POST' },
        headers: {
          ...headers,
          'x-amz-target': `DynamoDB_20120810.${operation}`,
          'content-length': Buffer.byteLength(text),
        },
      },
      (response) => {
        let answer = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          answer += chunk;
        });
        response.on('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`${operation} was answered with ${response.statusCode}: ${answer}`));
        });
        response.on('error', reject);
      },
    );
    asked.on('error', reject);
    asked.end(text);
    return promise;
  };
  return { send, close: () => agent.destroy() };
}

function sectionOf(ways: Way[]): Section {
  return {
    title: 'What one request takes',
    text:
      `One caller, ${ways[0]?.latencies.length.toLocaleString('en-US')} requests of each kind in turns, to the same table: a put of ${BODY_BYTES} bytes if nothing is there, and the same put with an addition of 1 in a transaction. ` +
      'Bare HTTP is a text that was made by hand, over one connection, with a signature that nobody checks. CPU is that of the caller’s process.',
    head: ['request', 'client', 'p50 ms', 'p99 ms', 'CPU µs'],
    rows: ways.map(({ request, client, latencies, cpuMicros }) => [
      ...[request, client, quantile(latencies, 0.5), p99(latencies)],
      cpuMicros / latencies.length,
    ]),
    notes: [differences(ways)],
  };
}

/** What the SDK adds, and how much of the difference between a transaction and a put is left with it. */
function differences(ways: Way[]): string {
  const p50 = (request: Way['request'], client: Way['client']) =>
    median(ways.find((way) => way.request === request && way.client === client)?.latencies ?? []);
  const adds = (request: Way['request']) => cellText(p50(request, 'AWS SDK') - p50(request, 'bare HTTP'));
  const times = (client: Way['client']) =>
    cellText(p50('transaction of two items', client) / p50('conditional put', client));
  return (
    `By p50, the SDK adds ${adds('conditional put')} ms to a put and ${adds('transaction of two items')} ms to a transaction. ` +
    `With it a transaction takes ${times('AWS SDK')} times as long as a put, without it ${times('bare HTTP')} times: ` +
    'strategies that send one request for one event differ by no more here, where the table is on the same machine.'
  );
}
