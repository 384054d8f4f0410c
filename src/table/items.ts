import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { TableCorruptError, TableRefusedError, tableError } from './errors.ts';
import type { TableKey } from './layout.ts';

/**
 * The few requests that the drivers make of the one table. Every read is consistent. All throw
 * {@link TableUnavailableError} or {@link TableRefusedError}.
 */
export interface Table {
  client: DynamoDBClient;
  /** The table's name. */
  table: string;
}

export type Item = Record<string, AttributeValue>;

/** The clause that makes a put the only one: no item has this key yet. */
const KEY_IS_FREE = 'attribute_not_exists(pk)';

export type Put = { put: true } | { put: false; existing: Item | null };

/**
 * Puts an item if its key is free. Otherwise hands over the existing item where the engine does so for free
 * (`ALL_OLD`); engines that ignore the wish leave it null.
 */
export async function putIfAbsent({ client, table }: Table, key: TableKey, attributes: Item): Promise<Put> {
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: { ...keyItem(key), ...attributes },
        ConditionExpression: KEY_IS_FREE,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { put: true };
  } catch (cause) {
    if (cause instanceof ConditionalCheckFailedException) return { put: false, existing: cause.Item ?? null };
    throw tableError(table, cause);
  }
}

/** Puts an item if its key is free; resolves with what is stored then, the new item or the one that was there. */
export async function putOrFind(target: Table, key: TableKey, attributes: Item): Promise<Item> {
  const result = await putIfAbsent(target, key, attributes);
  if (result.put) return attributes;
  const existing = result.existing ?? (await getItem(target, key));
  if (existing !== null) return existing;
  throw new TableRefusedError(target.table, new Error(`item ${key.pk} / ${key.sk} was deleted meanwhile`));
}

export async function getItem({ client, table }: Table, key: TableKey): Promise<Item | null> {
  try {
    const { Item: item } = await client.send(
      new GetItemCommand({ TableName: table, Key: keyItem(key), ConsistentRead: true }),
    );
    return item ?? null;
  } catch (cause) {
    throw tableError(table, cause);
  }
}

export interface Change {
  set: Item;
  /** A condition expression in which `#name` stands for the attribute `name` and `:name` for its value in `set`. */
  onlyIf: string;
}

/** Sets attributes of an item, new or existing, if the condition holds; says whether it did. */
export async function setIf({ client, table }: Table, key: TableKey, change: Change): Promise<boolean> {
  const names = Object.keys(change.set);
  try {
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: keyItem(key),
        UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
        ConditionExpression: change.onlyIf,
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: Object.fromEntries(
          Object.entries(change.set).map(([name, value]) => [`:${name}`, value]),
        ),
      }),
    );
    return true;
  } catch (cause) {
    if (cause instanceof ConditionalCheckFailedException) return false;
    throw tableError(table, cause);
  }
}

export interface Range {
  pk: string;
  /** Only sort keys on this side of a value; all without it. */
  sk?: { is: '>' | '>=' | '<'; than: string };
  order: 'ascending' | 'descending';
  /** Items at most. */
  limit: number;
}

/**
 * Items of one `pk` by their `sk`, one page of at most 1 MB (DynamoDB's limit): at least one if any exists.
 */
export async function queryPage(target: Table, range: Range): Promise<Item[]> {
  return (await queryFrom(target, range, undefined)).items;
}

/** Items of one `pk` by their `sk`: as many as there are, up to the limit, over as many pages as it takes. */
export async function queryAll(target: Table, range: Range): Promise<Item[]> {
  const found: Item[] = [];
  let start: Item | undefined;
  do {
    const page = await queryFrom(target, { ...range, limit: range.limit - found.length }, start);
    found.push(...page.items);
    start = page.next;
  } while (start !== undefined && found.length < range.limit);
  return found;
}

async function queryFrom(
  { client, table }: Table,
  range: Range,
  start: Item | undefined,
): Promise<{ items: Item[]; next: Item | undefined }> {
  const { pk, sk, order, limit } = range;
  const input: QueryCommandInput = {
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: sk === undefined ? 'pk = :pk' : `pk = :pk AND sk ${sk.is} :sk`,
    ExpressionAttributeValues: { ':pk': { S: pk }, ...(sk && { ':sk': { S: sk.than } }) },
    ScanIndexForward: order === 'ascending',
  };
  if (Number.isFinite(limit)) input.Limit = limit;
  if (start !== undefined) input.ExclusiveStartKey = start;
  try {
    const { Items: items = [], LastEvaluatedKey: next } = await client.send(new QueryCommand(input));
    return { items, next };
  } catch (cause) {
    throw tableError(table, cause);
  }
}

function keyItem({ pk, sk }: TableKey): Item {
  return { pk: { S: pk }, sk: { S: sk } };
}

/** A value as JSON text in one attribute. JSON escapes lone surrogates, which DynamoDB's strings cannot hold. */
export function json(value: unknown): AttributeValue {
  return { S: JSON.stringify(value) };
}

/**
 * What {@link json} stored in this attribute.
 * @throws TableCorruptError when it is not there or no JSON.
 */
export function jsonOf<Value>(item: Item, attribute: string): Value {
  const text = item[attribute]?.S;
  try {
    return JSON.parse(text ?? '') as Value;
  } catch (cause) {
    throw new TableCorruptError(
      `item "${item.pk?.S}" / "${item.sk?.S}" has no JSON in its attribute "${attribute}"`,
      cause,
    );
  }
}
