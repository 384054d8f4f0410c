import { TransactionCanceledException, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { ObjectEvent } from '../../../src/core/event.ts';
import type { Table } from '../../../src/table/items.ts';
import { byPartition, type Ground, type Strategy } from './strategy.ts';
import { closeWindow, markerOf, membersByMarker, type Position, readPosition, windowKey } from './windows.ts';

/** DynamoDB takes 100 items in a transaction; one of them is the window. */
const EVENTS_MAX = 99;
const NO_MARKER = 'attribute_not_exists(pk)';
const HAS_ROOM = 'attribute_not_exists(n) OR n <= :most';

/** A: per event one transaction, which puts the event if it is not there and adds one to the window. */
export const transactionPerEvent = transactions(
  'transaction per event',
  'put event if absent + add 1 to the window, in one transaction',
  1,
);

/** A2: as many events in a transaction as DynamoDB takes. */
export const transactionPerGroup = transactions(
  'transaction per 99 events',
  'put up to 99 events if absent + add their number to the window, in one transaction',
  EVENTS_MAX,
);

/**
 * The window's item counts, and refuses to be more than full, so a batch is exact. Processes remember where a window
 * stands and read it again when they are refused. A full window that another process filled is noticed with the next
 * event: nobody is made to pay for looking.
 */
function transactions(name: string, how: string, eventsMax: number): Strategy {
  return {
    name,
    how,
    transactions: true,
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
                await countAll(table, ground, partition, position, share, eventsMax);
              }),
            );
          },
        };
      },
      outcome: () => membersByMarker(ground.connect(), ground.batchEvents),
    }),
  };
}

async function countAll(
  table: Table,
  { batchEvents }: Ground,
  partition: string,
  position: Position,
  events: ObjectEvent[],
  eventsMax: number,
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
    const group = waiting.slice(0, Math.min(eventsMax, room));
    const outcome = await commit(table, partition, position.window, group, batchEvents);
    if (outcome.kind === 'counted') {
      position.count += group.length;
      waiting = waiting.slice(group.length);
      if (position.count === batchEvents) await closeWindow(table, partition, position.window);
    } else {
      waiting = waiting.filter((event) => !outcome.counted.has(event));
      if (outcome.full) Object.assign(position, await readPosition(table, partition));
    }
  }
}

type Commit = { kind: 'counted' } | { kind: 'refused'; counted: Set<ObjectEvent>; full: boolean };

async function commit(
  { client, table }: Table,
  partition: string,
  window: number,
  events: ObjectEvent[],
  batchEvents: number,
): Promise<Commit> {
  const puts = events.map((event) => ({
    Put: {
      TableName: table,
      Item: markerOf(event, partition, window),
      ConditionExpression: NO_MARKER,
    },
  }));
  const add = {
    Update: {
      TableName: table,
      Key: windowKey(partition, window),
      UpdateExpression: 'ADD n :more',
      ConditionExpression: HAS_ROOM,
      ExpressionAttributeValues: {
        ':more': { N: String(events.length) },
        ':most': { N: String(batchEvents - events.length) },
      },
    },
  };
  try {
    await client.send(new TransactWriteItemsCommand({ TransactItems: [...puts, add] }));
    return { kind: 'counted' };
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const failed = (error.CancellationReasons ?? []).map(
      ({ Code: code }) => code === 'ConditionalCheckFailed',
    );
    const counted = new Set(events.filter((_, index) => failed[index]));
    return { kind: 'refused', counted, full: failed[events.length] === true };
  }
}
