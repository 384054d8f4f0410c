import { ConditionalCheckFailedException, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { ObjectEvent } from '../src/core/event.ts';
import { dynamoFlushes } from '../src/flushes/dynamodb.ts';
import { dynamoLog } from '../src/log/dynamodb.ts';
import { encodedBytes } from '../src/log/record.ts';
import { dynamoProjections } from '../src/projections/dynamodb.ts';
import { createService } from '../src/service/create-service.ts';
import type { Ports } from '../src/service/ports.ts';
import type { EmbeddedTable } from '../src/table/embedded.ts';
import { systemClock } from '../src/timers/system-clock.ts';
import { POLICY } from './workload.ts';

/** One way to count events on a table. */
export interface Rival {
  name: string;
  count(events: ObjectEvent[]): Promise<void>;
  /** Write units so far, by DynamoDB's rule: a unit a KB of item, rounded up, failed conditions included. */
  units(): number;
}

/** What pk, sk and attribute names add to a record's bytes. */
const ITEM_OVERHEAD_BYTES = 60;

/** The log: our service on the DynamoDB driver. Executions and timers are left out, as for the rival. */
export function theLog(table: EmbeddedTable, route: string): Rival {
  let units = 0;
  const log = dynamoLog(table);
  const nothing = async () => {};
  const ports: Ports = {
    log: {
      ...log,
      append(key, record) {
        units += Math.ceil((encodedBytes(key, record) + ITEM_OVERHEAD_BYTES + key.route.length) / 1024);
        return log.append(key, record);
      },
    },
    projections: dynamoProjections(table),
    flushes: dynamoFlushes(table),
    timers: { arm: nothing },
    commands: { send: nothing },
    executions: {
      start: async ({ name }) => ({ execution: name, startedAt: 0, already: false }),
      describe: async () => null,
      trace: async () => ({ entries: [], more: false, dropped: 0 }),
    },
    announcements: { announce: nothing },
    objects: {
      head: async () => null,
      read: async () => new Uint8Array(),
      write: nothing,
      toFile: async () => '',
      fromFile: nothing,
      list: async function* () {},
      remove: nothing,
    },
    observe: () => {},
  };
  const router = { route: () => ({ route, partition: '' }), policy: () => POLICY, names: () => [route] };
  const service = createService(ports, router, systemClock, { manifestBucket: 'manifests' });
  return { name: 'log', count: async (events) => void (await service.append(events)), units: () => units };
}

/** The usual way: a marker item per event if absent, then an atomic counter. Not crash-safe, and the cheaper rival. */
export function markerAndCounter({ client, table }: EmbeddedTable, route: string): Rival {
  let units = 0;
  async function countOne(event: ObjectEvent): Promise<void> {
    units += 1;
    const marker = {
      pk: { S: `EVENT#${route}` },
      sk: { S: `${event.key}#${event.sequencer}` },
      etag: { S: event.etag },
    };
    try {
      await client.send(
        new PutItemCommand({
          TableName: table,
          Item: marker,
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      );
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return;
      throw error;
    }
    units += 1;
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { pk: { S: `COUNTER#${route}` }, sk: { S: '=' } },
        UpdateExpression: 'ADD events :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      }),
    );
  }
  return {
    name: 'marker + counter',
    count: async (events) => void (await Promise.all(events.map(countOne))),
    units: () => units,
  };
}
