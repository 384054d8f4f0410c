import { ConditionalCheckFailedException, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { identityOf, type ObjectEvent } from '../../../src/core/event.ts';
import { getItem, type Item, type Table } from '../../../src/table/items.ts';
import { byPartition, type Ground, type Strategy } from './strategy.ts';
import { closeWindow, everything, type Position, readPosition, windowKey } from './windows.ts';

/** DynamoDB takes 300 operators in a condition (developer guide, quotas); an event needs three. */
const EVENTS_MAX = 90;

/**
 * C: the window's item holds its events in a list, and their identities in a set that keeps out duplicates. An event
 * that comes again after its window is full goes into the next. A window has to fit into 400 KB, and the condition
 * into 300 operators; every append is billed by the whole item.
 */
export const listOnWindow: Strategy = {
  name: 'list on the window',
  how: "list_append to the window's item unless it holds the event",
  transactions: false,
  open: (ground) => ({
    writer() {
      const table = ground.connect();
      const positions = new Map<string, Position>();
      return {
        async count(events) {
          const shares = [...byPartition(events, ground)];
          await Promise.all(
            shares.map(async ([partition, share]) => {
              const position = positions.get(partition) ?? (await readPosition(table, partition));
              positions.set(partition, position);
              await appendAll(table, ground, partition, position, share);
            }),
          );
        },
      };
    },
    async outcome() {
      const batches: string[][] = [];
      const open: string[] = [];
      for await (const item of everything(ground.connect())) {
        if (!item.pk?.S?.startsWith('WINDOW#')) continue;
        const keys = (item.events?.L ?? []).map(({ S: text = '' }) => (JSON.parse(text) as ObjectEvent).key);
        if (Number(item.n?.N) === ground.batchEvents) batches.push(keys);
        else open.push(...keys);
      }
      return { kind: 'members', batches, open };
    },
  }),
};

async function appendAll(
  table: Table,
  { batchEvents }: Ground,
  partition: string,
  position: Position,
  events: ObjectEvent[],
): Promise<void> {
  let waiting = events;
  while (waiting.length > 0) {
    const room = batchEvents - position.count;
    if (room <= 0) {
      await closeWindow(table, partition, position.window);
      position.window += 1;
      position.count = 0;
      continue;
    }
    const group = waiting.slice(0, Math.min(room, EVENTS_MAX));
    const found = await appendGroup(table, partition, position.window, group, batchEvents);
    if (found === null) {
      position.count += group.length;
      waiting = waiting.slice(group.length);
      if (position.count === batchEvents) await closeWindow(table, partition, position.window);
    } else {
      const held = new Set(found.ids?.SS);
      waiting = waiting.filter((event) => !held.has(identityOf(event)));
      position.count = Number(found.n?.N ?? 0);
    }
  }
}

/** Null when the events are in; else the window as it is stored. */
async function appendGroup(
  { client, table }: Table,
  partition: string,
  window: number,
  events: ObjectEvent[],
  batchEvents: number,
): Promise<Item | null> {
  const ids = events.map(identityOf);
  const clauses = ids.map((_, index) => `NOT contains(ids, :id${index})`);
  try {
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: windowKey(partition, window),
        UpdateExpression:
          'SET events = list_append(if_not_exists(events, :none), :events) ADD ids :ids, n :more',
        ConditionExpression: `attribute_not_exists(pk) OR (n <= :most AND ${clauses.join(' AND ')})`,
        ExpressionAttributeValues: {
          ':none': { L: [] },
          ':events': { L: events.map((event) => ({ S: JSON.stringify(event) })) },
          ':ids': { SS: ids },
          ':more': { N: String(events.length) },
          ':most': { N: String(batchEvents - events.length) },
          ...Object.fromEntries(ids.map((id, index) => [`:id${index}`, { S: id }])),
        },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return null;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return error.Item ?? (await stored({ client, table }, partition, window));
  }
}

/** For engines that do not hand over the item whose condition failed. */
async function stored(table: Table, partition: string, window: number): Promise<Item> {
  const { pk, sk } = windowKey(partition, window);
  return (await getItem(table, { pk: pk.S ?? '', sk: sk.S ?? '' })) ?? {};
}
