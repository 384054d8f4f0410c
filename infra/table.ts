import type { Stack } from './stack.ts';
import { arnOf, type Resources, ref, sub, type Text } from './template.ts';

/** Names of tables (DynamoDB API reference, CreateTable). */
export const TABLE_NAME = /^[a-zA-Z0-9_.-]{3,255}$/;

/** What the log needs of a table; see src/table. */
export const TABLE_KEY = [
  { AttributeName: 'pk', KeyType: 'HASH' },
  { AttributeName: 'sk', KeyType: 'RANGE' },
] as const;

/**
 * The one table: logs of partitions, items for listing, flushes. It is the truth, so it stays when the stack goes. None
 * where the stage is told to use one that is there already.
 */
export function table({ table: existing }: Stack, deletionProtection: boolean): Resources {
  if (existing !== null) return {};
  return {
    Table: {
      Type: 'AWS::DynamoDB::Table',
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: TABLE_KEY,
        AttributeDefinitions: TABLE_KEY.map(({ AttributeName }) => ({ AttributeName, AttributeType: 'S' })),
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: deletionProtection,
      },
    },
  };
}

export function tableName({ table: existing }: Stack): Text {
  return existing ?? ref('Table');
}

export function tableArn({ table: existing }: Stack): Text {
  if (existing === null) return arnOf('Table');
  return sub(`arn:\${AWS::Partition}:dynamodb:\${AWS::Region}:\${AWS::AccountId}:table/${existing}`);
}
