import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { outputOf, type Stage } from '../stage/stage.ts';
import { type Check, failed, look, ok, warning } from './check.ts';

/** The table is there, and can be brought back to any second of the last days. */
export async function tableChecks(stage: Stage, client: DynamoDBClient): Promise<Check[]> {
  const found = await Promise.all([
    look('table', 'table', 'dynamodb:DescribeTable', () => statusCheck(outputOf(stage, 'TableName'), client)),
    look('backup', 'table', 'dynamodb:DescribeContinuousBackups', () =>
      backupCheck(outputOf(stage, 'TableName'), client),
    ),
  ]);
  return found.flat();
}

async function statusCheck(table: string, client: DynamoDBClient): Promise<Check> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  const status = Table?.TableStatus ?? 'unknown';
  if (status === 'ACTIVE' || status === 'UPDATING') return ok('table', table, `It is ${status}.`);
  return failed(
    'table',
    table,
    `It is ${status}: nothing can be counted.`,
    'Wait, or restore it: docs/operations.md.',
  );
}

async function backupCheck(table: string, client: DynamoDBClient): Promise<Check> {
  const { ContinuousBackupsDescription } = await client.send(
    new DescribeContinuousBackupsCommand({ TableName: table }),
  );
  const state = ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
  if (state === 'ENABLED') return ok('backup', table, 'Point-in-time recovery is on.');
  return warning(
    'backup',
    table,
    'Point-in-time recovery is off: a lost table is lost.',
    `aws dynamodb update-continuous-backups --table-name ${table} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`,
  );
}
