import { ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { identityOf, type ObjectEvent } from '../../../src/core/event.ts';
import type { Table } from '../../../src/table/items.ts';
import { byPartition, type Strategy } from './strategy.ts';
import { everything } from './windows.ts';

/** What an event takes in a record of a hundred, about (bytes). */
const EVENT_BYTES = 40;

/**
 * The floor: one conditional put per micro-batch that decides nothing, finds no duplicates among its events and closes
 * no windows. Nobody who asks the table once per micro-batch can be faster.
 */
export const barePut: Strategy = {
  name: 'bare put',
  how: 'one conditional put that counts nothing: the floor for whoever asks once per micro-batch',
  transactions: false,
  open: (ground) => ({
    writer() {
      const table = ground.connect();
      return {
        async count(events) {
          const shares = [...byPartition(events, ground)];
          await Promise.all(shares.map(([partition, share]) => put(table, partition, share)));
        },
      };
    },
    async outcome() {
      let counted = 0;
      for await (const item of everything(ground.connect())) counted += Number(item.n?.N ?? 0);
      return { kind: 'count', counted, batches: 0 };
    },
  }),
};

/** The first event names the micro-batch, so that one which comes again is refused. */
async function put({ client, table }: Table, partition: string, events: ObjectEvent[]): Promise<void> {
  const [first] = events;
  if (first === undefined) return;
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: {
          pk: { S: `PUT#${partition}` },
          sk: { S: identityOf(first) },
          n: { N: String(events.length) },
          r: { B: new Uint8Array(EVENT_BYTES * events.length) },
        },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
