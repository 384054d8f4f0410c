import {
  type AttributeValue,
  ConditionalCheckFailedException,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { identityOf, type ObjectEvent } from '../../../src/core/event.ts';
import type { Item, Table } from '../../../src/table/items.ts';

/** What the rivals that keep an item per window share. */

/** Where a process believes a partition to stand. */
export interface Position {
  window: number;
  count: number;
}

export function windowKey(partition: string, window: number): { pk: AttributeValue; sk: AttributeValue } {
  return { pk: { S: `WINDOW#${partition}` }, sk: { S: String(window).padStart(9, '0') } };
}

/** The latest window of a partition and how full it is, read once by each process. */
export async function readPosition({ client, table }: Table, partition: string): Promise<Position> {
  const { Items: items = [] } = await client.send(
    new QueryCommand({
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: `WINDOW#${partition}` } },
      ScanIndexForward: false,
      Limit: 1,
    }),
  );
  const [item] = items;
  return { window: Number(item?.sk?.S ?? 1), count: Number(item?.n?.N ?? 0) };
}

/** Says that a window is full: whoever puts this item starts its execution. */
export async function closeWindow({ client, table }: Table, partition: string, window: number) {
  const { sk } = windowKey(partition, window);
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: { pk: { S: `CLOSED#${partition}` }, sk },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

/** The item that marks an event as counted, with the event in it. */
export function markerOf(event: ObjectEvent, partition: string, window?: number): Item {
  return {
    pk: { S: `EVENT#${identityOf(event)}` },
    sk: { S: '=' },
    partition: { S: partition },
    event: { S: JSON.stringify(event) },
    ...(window !== undefined && { window: { N: String(window) } }),
  };
}

/** Every item of the table, to see what came of it all. */
export async function* everything({ client, table }: Table): AsyncGenerator<Item> {
  let start: Item | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: table, ConsistentRead: true, ...(start && { ExclusiveStartKey: start }) }),
    );
    yield* page.Items ?? [];
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
}

/** What markers that name their window say. */
export async function membersByMarker(table: Table, batchEvents: number) {
  const windows = new Map<string, string[]>();
  const counts = new Map<string, number>();
  for await (const item of everything(table)) {
    const [subject, partition] = item.pk?.S?.split('#') ?? [];
    if (subject === 'WINDOW') counts.set(`${partition}#${Number(item.sk?.S)}`, Number(item.n?.N));
    if (subject !== 'EVENT') continue;
    const name = `${item.partition?.S}#${item.window?.N}`;
    const { key } = JSON.parse(item.event?.S ?? '') as { key: string };
    windows.set(name, [...(windows.get(name) ?? []), key]);
  }
  const full = (name: string) => counts.get(name) === batchEvents;
  const batches = [...windows].filter(([name]) => full(name)).map(([, keys]) => keys);
  const open = [...windows].filter(([name]) => !full(name)).flatMap(([, keys]) => keys);
  return { kind: 'members' as const, batches, open };
}
