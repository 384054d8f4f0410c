import { ConditionalCheckFailedException, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { ObjectEvent } from '../../../src/core/event.ts';
import type { Table } from '../../../src/table/items.ts';
import { byPartition, type Strategy } from './strategy.ts';
import { closeWindow, everything, markerOf } from './windows.ts';

/** B: a marker per event, then a counter per event. What most people write. */
export const markerAndCounter = markers(
  'marker + counter',
  'put a marker if absent, then add 1 to a counter',
  false,
);

/** B2: the same with one addition for all new events of a micro-batch. */
export const markersThenCounter = markers(
  'markers, one addition',
  'put the markers if absent, then add their number to a counter',
  true,
);

/**
 * A process that dies between marker and counter loses the event: its redelivery finds the marker. The counter says
 * how many there were and not which, so the members of a batch would have to be found by other means.
 */
function markers(name: string, how: string, together: boolean): Strategy {
  return {
    name,
    how,
    transactions: false,
    open: (ground) => ({
      writer() {
        const table = ground.connect();
        const countShare = async ([partition, share]: [string, ObjectEvent[]]) => {
          const fresh = async (event: ObjectEvent) => ((await mark(table, event, partition)) ? 1 : 0);
          if (together) {
            const marked = await Promise.all(share.map(fresh));
            await add(
              table,
              partition,
              marked.reduce<number>((sum, one) => sum + one, 0),
              ground.batchEvents,
            );
          } else {
            const each = async (event: ObjectEvent) =>
              add(table, partition, await fresh(event), ground.batchEvents);
            await Promise.all(share.map(each));
          }
        };
        return {
          count: async (events) => {
            await Promise.all([...byPartition(events, ground)].map(countShare));
          },
        };
      },
      async outcome() {
        let counted = 0;
        let batches = 0;
        for await (const item of everything(ground.connect())) {
          if (item.pk?.S?.startsWith('COUNTER#')) counted += Number(item.n?.N);
          if (item.pk?.S?.startsWith('CLOSED#')) batches += 1;
        }
        return { kind: 'count', counted, batches };
      },
    }),
  };
}

/** True when the event was not marked before. */
async function mark({ client, table }: Table, event: ObjectEvent, partition: string): Promise<boolean> {
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: markerOf(event, partition),
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

async function add(table: Table, partition: string, more: number, batchEvents: number): Promise<void> {
  if (more === 0) return;
  const { Attributes: attributes } = await table.client.send(
    new UpdateItemCommand({
      TableName: table.table,
      Key: { pk: { S: `COUNTER#${partition}` }, sk: { S: '=' } },
      UpdateExpression: 'ADD n :more',
      ExpressionAttributeValues: { ':more': { N: String(more) } },
      ReturnValues: 'UPDATED_NEW',
    }),
  );
  const count = Number(attributes?.n?.N);
  const full = Math.floor(count / batchEvents);
  if (full > Math.floor((count - more) / batchEvents)) await closeWindow(table, partition, full);
}
