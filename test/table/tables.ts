import { randomUUID } from 'node:crypto';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { openEmbeddedTable } from '../../src/table/embedded.ts';
import type { Table } from '../../src/table/items.ts';
import { ensureTable } from '../../src/table/schema.ts';

/** An engine that the DynamoDB drivers run against. */
export interface TableEngine {
  name: string;
  /** Whether a failed condition hands over the item that was there. */
  handsOverExisting: boolean;
  open(): Promise<Table & { close(): Promise<void> }>;
}

/** dynalite in memory, and the engine at SPILLWAY_DYNAMODB_ENDPOINT (a URL) where that is set. */
export function tableEngines(): TableEngine[] {
  const engines: TableEngine[] = [
    { name: 'DynamoDB on dynalite', handsOverExisting: false, open: () => openEmbeddedTable() },
  ];
  const endpoint = process.env.SPILLWAY_DYNAMODB_ENDPOINT;
  if (endpoint !== undefined && endpoint !== '') {
    engines.push({
      name: `DynamoDB at ${endpoint}`,
      handsOverExisting: true,
      open: () => openTableAt(endpoint),
    });
  }
  return engines;
}

/** A table of its own at an endpoint, deleted at the end. Credentials as the SDK finds them, else any. */
async function openTableAt(endpoint: string) {
  const client = new DynamoDBClient({
    endpoint,
    region: process.env.AWS_REGION ?? 'us-east-1',
    ...(process.env.AWS_ACCESS_KEY_ID === undefined && {
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
  });
  const table = `spillway-test-${randomUUID()}`;
  await ensureTable({ client, table });
  const close = async () => {
    await client.send(new DeleteTableCommand({ TableName: table }));
    client.destroy();
  };
  return { client, table, close };
}
