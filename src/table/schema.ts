import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { TableRefusedError, tableError } from './errors.ts';
import type { Table } from './items.ts';

/** The one table: two strings as key, paid by request, no indexes. */
export function tableDefinition(name: string): CreateTableCommandInput {
  return {
    TableName: name,
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
    BillingMode: 'PAY_PER_REQUEST',
  };
}

/**
 * Creates the table unless it exists, and checks its key. Does not wait for a new table to become active.
 * @throws TableRefusedError when a table of that name has another key.
 */
export async function ensureTable(target: Table): Promise<void> {
  const found = (await describe(target)) ?? (await create(target)) ?? (await describe(target));
  const keys = (found?.KeySchema ?? []).map(({ AttributeName: name, KeyType: type }) => `${name} ${type}`);
  const types = (found?.AttributeDefinitions ?? []).map(
    ({ AttributeName: name, AttributeType: type }) => `${name} ${type}`,
  );
  const fits = keys.join() === 'pk HASH,sk RANGE' && types.includes('pk S') && types.includes('sk S');
  if (!fits) {
    throw new TableRefusedError(
      target.table,
      new Error(`its key is (${keys.join(', ')}; ${types.join(', ')}), expected pk and sk, both strings`),
    );
  }
}

async function describe({ client, table }: Table): Promise<TableDescription | null> {
  try {
    const { Table: description } = await client.send(new DescribeTableCommand({ TableName: table }));
    return description ?? null;
  } catch (cause) {
    if (cause instanceof ResourceNotFoundException) return null;
    throw tableError(table, cause);
  }
}

/** Null when somebody else created it meanwhile. */
async function create({ client, table }: Table): Promise<TableDescription | null> {
  try {
    const { TableDescription: description } = await client.send(
      new CreateTableCommand(tableDefinition(table)),
    );
    return description ?? null;
  } catch (cause) {
    if (cause instanceof ResourceInUseException) return null;
    throw tableError(table, cause);
  }
}
