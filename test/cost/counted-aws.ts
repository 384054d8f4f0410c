import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

const dynalite: (options: object) => Server = createRequire(import.meta.url)('dynalite');

/** What was asked of the services, as they bill it. */
export interface Counted {
  /** Requests by name, such as `SendMessage`; a request to S3 by its method. */
  calls: Record<string, number>;
  /** DynamoDB's units by what the items are: the text before the `#` of `pk`. */
  units: Record<string, { writes: number; reads: number }>;
  /** Sizes of the records that were put (bytes). */
  records: number[];
  /** Commands that went to the queue, with their delay in seconds. */
  sent: { body: string; delay: number }[];
  /** Schedules that were created. */
  scheduled: string[];
  /** Executions that were started. */
  started: { name: string; input: string; execution: string }[];
}

type Body = Record<string, unknown>;

/**
 * A server in AWS's place that counts. DynamoDB is dynalite, asked what each request consumed; the other services say
 * yes to everything. What a failed condition costs is added by AWS's rule, since dynalite does not tell: the larger of
 * the attempted and the stored item (DynamoDB developer guide, "Read and write operations").
 */
export async function countedAws() {
  const table = dynalite({ createTableMs: 0 });
  const tablePort = await listening(table);
  const counted: Counted = { calls: {}, units: {}, records: [], sent: [], scheduled: [], started: [] };
  const server = createServer((request, response) => {
    answer(request, response, counted, tablePort).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  const port = await listening(server);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    counted,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await new Promise((resolve) => table.close(resolve));
    },
  };
}

function listening(server: {
  listen(port: number, host: string, then: () => void): unknown;
  address(): AddressInfo | string | null;
}): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  counted: Counted,
  tablePort: number,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const content = Buffer.concat(chunks).toString('utf8');
  const target = String(request.headers['x-amz-target'] ?? '');
  const name = target.split('.')[1] ?? nameOf(request);
  counted.calls[name] = (counted.calls[name] ?? 0) + 1;
  if (target.startsWith('DynamoDB_')) {
    const { status, text } = await askTable(request, JSON.parse(content), name, counted, tablePort);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(text);
    return;
  }
  const body = content.startsWith('{') ? (JSON.parse(content) as Body) : {};
  const said = SAYS[name]?.(body, counted, request) ?? {};
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(said));
}

/** REST requests have no target. */
function nameOf({ method = '', url = '' }: IncomingMessage): string {
  return url.startsWith('/schedules/') ? 'CreateSchedule' : `S3 ${method}`;
}

const SAYS: Record<string, (body: Body, counted: Counted, request: IncomingMessage) => Body> = {
  SendMessage({ MessageBody: body, DelaySeconds: delay }, { sent }) {
    sent.push({ body: String(body), delay: Number(delay ?? 0) });
    return { MessageId: String(sent.length), MD5OfMessageBody: md5(String(body)) };
  },
  SendMessageBatch({ Entries: entries }, { sent }) {
    const list = (Array.isArray(entries) ? entries : []) as {
      Id: string;
      MessageBody: string;
      DelaySeconds?: number;
    }[];
    for (const { MessageBody: body, DelaySeconds: delay = 0 } of list) sent.push({ body, delay });
    const answers = list.map(({ Id, MessageBody }) => ({
      Id,
      MessageId: Id,
      MD5OfMessageBody: md5(MessageBody),
    }));
    return { Successful: answers, Failed: [] };
  },
  StartExecution({ name, input, stateMachineArn: machine }, { started }) {
    const execution = `${String(machine).replace(':stateMachine:', ':execution:')}:${String(name)}`;
    started.push({ name: String(name), input: String(input), execution });
    return { executionArn: execution, startDate: Date.now() / 1000 };
  },
  PutEvents({ Entries: entries }) {
    const list = Array.isArray(entries) ? entries : [];
    return { FailedEntryCount: 0, Entries: list.map((_, index) => ({ EventId: String(index) })) };
  },
  CreateSchedule({ Target: target }, { scheduled }, { url = '' }) {
    scheduled.push((target as { Input: string }).Input);
    return { ScheduleArn: `arn:aws:scheduler:us-east-1:111122223333:schedule${url}` };
  },
};

async function askTable(
  { headers }: IncomingMessage,
  asked: Body,
  name: string,
  counted: Counted,
  port: number,
): Promise<{ status: number; text: string }> {
  const ask = async (action: string, body: Body) => {
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${action}`,
        'x-amz-date': String(headers['x-amz-date']),
        authorization: String(headers.authorization),
      },
      body: JSON.stringify(body),
    });
    return { status: response.status, text: await response.text() };
  };
  const answered = await ask(name, { ...asked, ReturnConsumedCapacity: 'TOTAL' });
  const subject = subjectOf(asked);
  const units = counted.units[subject] ?? { writes: 0, reads: 0 };
  counted.units[subject] = units;
  if (answered.status === 200) {
    const { ConsumedCapacity: consumed } = JSON.parse(answered.text);
    if (name === 'PutItem' && subject === 'LOG') counted.records.push(sizeOf(asked.Item as Item));
    if (name === 'PutItem' || name === 'UpdateItem') units.writes += consumed?.CapacityUnits ?? 0;
    // A query that finds nothing costs what one that finds something costs.
    else units.reads += Math.max(consumed?.CapacityUnits ?? 0, 1);
  } else if (answered.text.includes('ConditionalCheckFailed')) {
    const key = asked.Key ?? keyOf(asked.Item as Item);
    const stored = await ask('GetItem', { TableName: asked.TableName, Key: key });
    const sizes = [asked.Item, JSON.parse(stored.text).Item].map((item) => sizeOf((item ?? {}) as Item));
    units.writes += Math.max(1, Math.ceil(Math.max(...sizes) / 1024));
  }
  return answered;
}

type Item = Record<string, AttributeValue>;

function keyOf({ pk, sk }: Item) {
  return { pk, sk };
}

function subjectOf({ Item: item, Key: key, ExpressionAttributeValues: values }: Body): string {
  const { pk } = (item ?? key ?? {}) as Item;
  return String((pk ?? (values as Item | undefined)?.[':pk'])?.S).split('#')[0] ?? '';
}

/** About an item's size (bytes), as it goes over the wire: these have texts, numbers and one Binary, in base64 here. */
export function sizeOf(item: Item): number {
  return Object.entries(item).reduce((sum, [name, { S = '', N = '', B = '' }]) => {
    return sum + name.length + Buffer.byteLength(S) + N.length + (String(B).length * 3) / 4;
  }, 0);
}

function md5(content: string): string {
  return createHash('md5').update(content).digest('hex');
}
