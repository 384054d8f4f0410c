import { randomUUID } from 'node:crypto';
import { DeleteTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { tableClient } from '../../src/table/client.ts';
import { openEmbeddedTable } from '../../src/table/embedded.ts';
import type { Table } from '../../src/table/items.ts';
import { ensureTable } from '../../src/table/schema.ts';
import { JavaMissingError, startDynamodbLocal } from '../../test/emulator/dynamodb-local.ts';
import { engineName } from '../versions.ts';

/** What stands in for DynamoDB. */
export interface Engine {
  name: string;
  transactions: boolean;
  /** A table of its own, and a way to connect to it as another process would. */
  openTable(): Promise<BenchTable>;
  stop(): Promise<void>;
}

export interface BenchTable {
  connect(): Table;
  close(): Promise<void>;
}

/** DynamoDB Local where there is Java; otherwise dynalite, which has no transactions. */
export async function startEngine(): Promise<Engine> {
  try {
    const local = await startDynamodbLocal();
    const openTable = () => tableAt(local.endpoint, async () => undefined);
    return { name: engineName('DynamoDB Local'), transactions: true, openTable, stop: local.stop };
  } catch (error) {
    if (!(error instanceof JavaMissingError)) throw error;
    return dynalite();
  }
}

/** A table in a thread of this process. */
export function dynalite(): Engine {
  return {
    name: engineName('dynalite'),
    transactions: false,
    stop: async () => undefined,
    async openTable() {
      const embedded = await openEmbeddedTable();
      const { hostname, port, protocol } = (await embedded.client.config.endpoint?.()) ?? {};
      return tableAt(`${protocol}//${hostname}:${port}`, embedded.close);
    },
  };
}

async function tableAt(endpoint: string, closed: () => Promise<void>): Promise<BenchTable> {
  const name = `bench-${randomUUID()}`;
  const clients: DynamoDBClient[] = [];
  const connect = () => {
    const client = tableClient({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    clients.push(client);
    return { client, table: name };
  };
  const { client } = connect();
  await ensureTable({ client, table: name });
  return {
    connect,
    async close() {
      await client.send(new DeleteTableCommand({ TableName: name }));
      for (const open of clients) open.destroy();
      await closed();
    },
  };
}
