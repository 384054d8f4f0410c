import { setTimeout } from 'node:timers/promises';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { TableRefusedError, TableUnavailableError, tableError } from './errors.ts';
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

/** ms that a new table may take to become active; on AWS it takes about ten seconds. */
const ACTIVE_MS_MAX = 60_000;

/**
 * Creates the table unless it exists, checks its key, and waits until it can be used.
 * @throws TableRefusedError when a table of that name has another key.
 * @throws TableUnavailableError when it does not become active within a minute.
 */
export async function ensureTable(target: Table): Promise<void> {
  let found = (await describe(target)) ?? (await create(target)) ?? (await describe(target));
  checkKey(target, found);
  let pauseMs = 5;
  for (
    const end = Date.now() + ACTIVE_MS_MAX;
    found?.TableStatus === 'CREATING';
    found = await describe(target)
  ) {
    if (Date.now() > end) {
      throw new TableUnavailableError(target.table, `it is not active after ${ACTIVE_MS_MAX} ms`);
    }
    await setTimeout(pauseMs);
    pauseMs = Math.min(pauseMs * 2, 1000);
  }
}

function checkKey({ table }: Table, found: TableDescription | null): void {
  const keys = (found?.KeySchema ?? []).map(({ AttributeName: name, KeyType: type }) => `${name} ${type}`);
  const types = (found?.AttributeDefinitions ?? []).map(
    ({ AttributeName: name, AttributeType: type }) => `${name} ${type}`,
  );
  const fits = keys.join() === 'pk HASH,sk RANGE' && types.includes('pk S') && types.includes('sk S');
  if (fits) return;
  throw new TableRefusedError(
    table,
    new Error(`its key is (${keys.join(', ')}; ${types.join(', ')}), expected pk and sk, both strings`),
  );
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
