import { ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { identityOf, type ObjectEvent } from '../../../src/core/event.ts';
import { encodeRecord } from '../../../src/log/record.ts';
import type { Table } from '../../../src/table/items.ts';
import { byPartition, type Strategy } from './strategy.ts';
import { everything } from './windows.ts';

/**
 * The floor: one conditional put per micro-batch that decides nothing, finds no duplicates among its events and closes
 * no windows. It writes what the log writes of the events, and a process does not ask again for a micro-batch that it
 * has put. Nobody who asks the table once per micro-batch can be faster or cheaper.
 */
export const barePut: Strategy = {
  name: 'bare put',
  how: 'one conditional put that counts nothing: the floor for whoever asks once per micro-batch',
  transactions: false,
  open: (ground) => ({
    writer() {
      const table = ground.connect();
      const known = new Set<string>();
      return {
        async count(events) {
          const shares = [...byPartition(events, ground)].filter(
            ([, [first]]) => first && !known.has(nameOf(first)),
          );
          await Promise.all(shares.map(([partition, share]) => put(table, partition, share)));
          for (const [, [first]] of shares) if (first) known.add(nameOf(first));
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
          sk: { S: nameOf(first) },
          n: { N: String(events.length) },
          r: { B: recordOf(partition, events, first.arrival) },
        },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

/** As short as the log's own keys; no two writes share a sequencer here. */
function nameOf(event: ObjectEvent): string {
  return event.sequencer ?? identityOf(event);
}

/** The bytes of a record that says nothing but its events. */
function recordOf(partition: string, events: ObjectEvent[], at: number): Uint8Array {
  const state = { epoch: '0', next: events.length, watermark: at, windowSeq: 1, window: null };
  return encodeRecord({ route: 'sales', partition }, { seq: 1, at, events, closed: [], state });
}
