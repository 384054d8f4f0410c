import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  type ServiceInputTypes,
  type ServiceOutputTypes,
  TransactionCanceledException,
  type TransactWriteItem,
  type TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';

/** Request units by what the requests are about: the text before the `#` of `pk`. */
export type Usage = Record<string, { wcu: number; rcu: number; requests: number; refused: number }>;

export interface Meter {
  usage: Usage;
  /** Counts every request of this client from now on. */
  watch(client: DynamoDBClient): void;
  /** Forgets what it counted. */
  reset(): void;
}

const WCU_BYTES = 1024;

/**
 * Counts request units as AWS bills them, where the local engines report other figures: a transaction is 2 units a KB
 * of each item, cancelled or not; a failed condition is billed by the larger of the stored and the attempted item; a
 * query that finds nothing is one unit of a consistent read (DynamoDB developer guide, "Read and write operations").
 */
export function createMeter(): Meter {
  const usage: Usage = {};

  function note(input: ServiceInputTypes, units: { wcu?: number; rcu?: number }, refused: boolean): void {
    const subject = subjectOf(input);
    const entry = usage[subject] ?? { wcu: 0, rcu: 0, requests: 0, refused: 0 };
    usage[subject] = entry;
    entry.wcu += units.wcu ?? 0;
    entry.rcu += units.rcu ?? 0;
    entry.requests += 1;
    entry.refused += refused ? 1 : 0;
  }

  return {
    usage,
    reset() {
      for (const subject of Object.keys(usage)) delete usage[subject];
    },
    watch(client) {
      client.middlewareStack.add(
        (next) => async (call) => {
          const input = asking(call.input);
          try {
            const result = await next({ ...call, input });
            note(input, billed(input, result.output), false);
            return result;
          } catch (error) {
            const wcu = billedAnyway(input, error);
            if (wcu > 0) note(input, { wcu }, true);
            throw error;
          }
        },
        { step: 'initialize', name: 'meter' },
      );
    },
  };
}

/** The request with the wish to be told what it cost; a failed update also tells what is stored. */
function asking<Input extends ServiceInputTypes>(input: Input): Input {
  const asked = { ...input, ReturnConsumedCapacity: 'TOTAL' };
  if ('ConditionExpression' in input) return { ...asked, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
  return asked;
}

function billed(input: ServiceInputTypes, output: ServiceOutputTypes): { wcu?: number; rcu?: number } {
  if (isTransaction(input)) return { wcu: transactionUnits(input.TransactItems) };
  const { ConsumedCapacity: consumed } = output as { ConsumedCapacity?: { CapacityUnits?: number } };
  const units = consumed?.CapacityUnits ?? 0;
  if ('Item' in input || 'UpdateExpression' in input) return { wcu: units };
  return { rcu: Math.max(units, 'ConsistentRead' in input && input.ConsistentRead ? 1 : 0.5) };
}

function billedAnyway(input: ServiceInputTypes, error: unknown): number {
  if (error instanceof TransactionCanceledException && isTransaction(input)) {
    return transactionUnits(input.TransactItems);
  }
  if (!(error instanceof ConditionalCheckFailedException)) return 0;
  const attempted = 'Item' in input && input.Item ? itemBytes(input.Item) : 0;
  return Math.max(1, Math.ceil(Math.max(attempted, itemBytes(error.Item ?? {})) / WCU_BYTES));
}

function isTransaction(input: ServiceInputTypes): input is TransactWriteItemsCommandInput {
  return 'TransactItems' in input;
}

function transactionUnits(items: TransactWriteItem[] | undefined): number {
  let units = 0;
  for (const { Put: put, Update: update } of items ?? []) {
    // Counters stay far below a KB.
    const bytes = put?.Item ? itemBytes(put.Item) : itemBytes(update?.ExpressionAttributeValues ?? {});
    units += 2 * Math.max(1, Math.ceil(bytes / WCU_BYTES));
  }
  return units;
}

function subjectOf(input: ServiceInputTypes): string {
  if ('TransactItems' in input) return 'TRANSACTION';
  const item = ('Item' in input && input.Item) || ('Key' in input && input.Key) || {};
  const values = 'ExpressionAttributeValues' in input ? input.ExpressionAttributeValues : undefined;
  const pk = (item as Record<string, AttributeValue>).pk ?? values?.[':pk'];
  return pk?.S?.split('#')[0] ?? '';
}

/** An item's size (DynamoDB developer guide, "DynamoDB item sizes and formats"). */
export function itemBytes(item: Record<string, AttributeValue>): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + utf8(name) + valueBytes(value), 0);
}

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return utf8(value.S);
  if (value.N !== undefined) return Math.ceil(value.N.replace(/^-?0*\.?/, '').length / 2) + 1;
  if (value.B !== undefined) return value.B.length;
  if (value.SS !== undefined) return value.SS.reduce((sum, text) => sum + utf8(text), 0);
  if (value.L !== undefined) return value.L.reduce((sum, entry) => sum + 1 + valueBytes(entry), 3);
  if (value.M !== undefined) return 3 + itemBytes(value.M) + Object.keys(value.M).length;
  return 1;
}

function utf8(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
