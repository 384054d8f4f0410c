import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { awsError } from '../src/stage/errors.ts';
import type { DeployedStack } from './deployed.ts';
import { TABLE_KEY } from './table.ts';

/** The table that the stage is to use cannot be used. Nothing has been changed. */
export class TableUnusableError extends Error {
  override readonly name = 'TableUnusableError';
  readonly table: string;

  constructor(table: string, problem: string, mend: string) {
    super(`The table "${table}" cannot be used: ${problem}. ${mend} Nothing was deployed.`);
    this.table = table;
  }
}

/** @throws TableUnusableError */
export async function checkTable(client: DynamoDBClient, table: string): Promise<void> {
  const found = await client
    .send(new DescribeTableCommand({ TableName: table }))
    .then(({ Table }) => Table ?? null)
    .catch((error: unknown) => {
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return null;
      throw awsError(`the description of table ${table} (dynamodb:DescribeTable)`, error);
    });
  if (found === null) {
    const mend = 'See what is there: aws dynamodb list-tables. Without --param=table the stack makes one.';
    throw new TableUnusableError(table, 'it is not there, in this account and region', mend);
  }
  const types = new Map(
    found.AttributeDefinitions?.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]),
  );
  const key = found.KeySchema ?? [];
  const fits =
    key.length === TABLE_KEY.length &&
    TABLE_KEY.every(
      ({ AttributeName, KeyType }, index) =>
        key[index]?.AttributeName === AttributeName &&
        key[index].KeyType === KeyType &&
        types.get(AttributeName) === 'S',
    );
  if (!fits) {
    const seen = key.map(({ AttributeName, KeyType }) => `${AttributeName} (${KeyType})`).join(', ');
    const mend = 'Restore a table that Spillway made: docs/operations.md tells how.';
    throw new TableUnusableError(table, `its key is ${seen}; expected the texts pk (HASH), sk (RANGE)`, mend);
  }
  if (found.TableStatus !== 'ACTIVE' && found.TableStatus !== 'UPDATING') {
    const mend = `Wait for it: aws dynamodb wait table-exists --table-name ${table}.`;
    throw new TableUnusableError(table, `it is ${found.TableStatus}, not ACTIVE`, mend);
  }
}

/** Without its parameter the stage would begin again with an empty table. Nothing has been changed. */
export class TableForgottenError extends Error {
  override readonly name = 'TableForgottenError';
  readonly table: string;

  constructor(table: string) {
    super(
      `The stage uses the table "${table}", and this deployment would give it a new, empty one. Say ` +
        `--param=table=${table} again, or write it under the stage's params in serverless.yml. Nothing was deployed.`,
    );
    this.table = table;
  }
}

/** @throws TableForgottenError */
export function checkTableKept({ template, outputs }: DeployedStack): void {
  const table = outputs.TableName;
  if (table !== undefined && template.Resources.Table === undefined) throw new TableForgottenError(table);
}
