import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { SQSRecord } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dynamoLog } from '../../src/log/dynamodb.ts';
import { logKey } from '../../src/table/layout.ts';
import { noticeBody } from './events.ts';
import { openFunctions } from './function-process.ts';
import { sqsRecord } from './home.ts';

let functions: Awaited<ReturnType<typeof openFunctions>>;
beforeEach(async () => {
  functions = await openFunctions();
});
afterEach(() => functions.close());

describe('a function in a process that only its own work keeps alive', () => {
  test('is not ended in a pause between two tries, when nothing else is to be waited for', async () => {
    // More often than the SDK tries, so that the log is found unavailable and the commit pauses.
    const fired = functions.proxy.lay({ call: 'PutItem', kind: 'throttled', match: 'LOG#', times: 6 });
    // Without an end, no timer waits for it either.
    const { failed } = await functions.invoke('ingest', notices('a', 3), { INVOCATION_MS: 'Infinity' });
    expect([failed, fired()]).toEqual([[], 6]);
    expect(await eventsOf('a')).toHaveLength(3);
  });

  test('waits for a table that is silent for a while, also when a partition is new', async () => {
    const fired = functions.proxy.lay({ call: 'PutItem', kind: 'failed', match: 'ROUTE#sales', times: 6 });
    const { failed } = await functions.invoke('ingest', [...notices('a', 3), ...notices('b', 3)]);
    expect([failed, fired()]).toEqual([[], 6]);
  });

  test('lists a route once, however many of its partitions are new', async () => {
    const parts = Array.from({ length: 12 }, (_, index) => `p${index}`);
    const { failed } = await functions.invoke(
      'ingest',
      parts.flatMap((part) => notices(part, 1)),
    );
    expect(failed).toEqual([]);
    // A partition and a record each.
    expect(functions.proxy.calls.get('PutItem')).toBe(1 + 2 * parts.length);
  });

  test('harms no other partition when one is throttled for good, or its log is damaged', async () => {
    const hot = functions.proxy.lay({ call: 'PutItem', kind: 'throttled', match: '#hot', times: 1_000 });
    const damaged = { ...logKey({ route: 'sales', partition: 'damaged' }, 1) };
    await functions.table.client.send(
      new PutItemCommand({
        TableName: functions.table.table,
        Item: { pk: { S: damaged.pk }, sk: { S: damaged.sk }, r: { B: new Uint8Array([255, 0]) } },
      }),
    );
    const good = Array.from({ length: 40 }, (_, index) => `good-${index}`);
    const records = ['hot', 'damaged', ...good].flatMap((part) => notices(part, 5));
    const { failed, printed } = await functions.invoke('ingest', records, { INVOCATION_MS: '12000' });
    expect(failed.sort()).toEqual([...ids('damaged', 5), ...ids('hot', 5)].sort());
    expect(hot()).toBeGreaterThan(3);
    for (const part of good) expect(await eventsOf(part)).toHaveLength(5);
    expect(printed.join('\n')).toContain('LogCorruptError');
    // Delivered again when it is well.
    functions.proxy.heal();
    expect((await functions.invoke('ingest', notices('hot', 5))).failed).toEqual([]);
    expect(await eventsOf('hot')).toHaveLength(5);
  });
});

describe('what a function prints', () => {
  test('are metrics that CloudWatch takes: valid, complete, at most 100 values of one in a line', async () => {
    const parts = Array.from({ length: 130 }, (_, index) => `p${index}`);
    const twice = notices('p0', 5);
    const { failed, printed } = await functions.invoke('ingest', [
      ...parts.flatMap((part) => notices(part, 5)),
      ...twice,
      sqsRecord(noticeBody('nowhere/a.csv')),
      sqsRecord('no JSON', { id: 'poison' }),
    ]);
    expect(failed).toEqual(['poison']);
    const sums: Record<string, number> = {};
    const sizes: number[] = [];
    for (const line of printed) {
      const { _aws, ...values } = JSON.parse(line);
      if (_aws === undefined) continue;
      expect(Math.abs(_aws.Timestamp - Date.now())).toBeLessThan(60_000);
      const [{ Namespace, Dimensions, Metrics }, ...others] = _aws.CloudWatchMetrics;
      expect([Namespace, Dimensions, others]).toEqual(['Spillway', [['service', 'stage']], []]);
      expect(values).toMatchObject({ service: 'spillway', stage: 'test' });
      for (const { Name, Unit } of Metrics) {
        const measured = [values[Name]].flat();
        expect(measured.length).toBeLessThanOrEqual(100);
        expect(measured.every(Number.isFinite)).toBe(true);
        if (Name === 'EventsPerBatch') sizes.push(...measured);
        expect(['Count', 'Milliseconds']).toContain(Unit);
        sums[Name] = (sums[Name] ?? 0) + measured.reduce((sum: number, each: number) => sum + each, 0);
      }
    }
    expect(sizes).toEqual(Array.from({ length: 130 }, () => 5));
    expect(sums).toMatchObject({
      Events: 650,
      Duplicates: 5,
      Unrouted: 1,
      InvalidMessages: 1,
      Batches: 130,
      BatchesByCount: 130,
    });
  });

  test.each(['true', 'false'])(
    'names keys and partitions if it may, errors included: %s',
    async (allowed) => {
      functions.proxy.lay({ call: 'PutItem', kind: 'unsent', match: '#secret-a', times: 1_000 });
      functions.proxy.lay({ call: 'StartExecution', kind: 'throttled', match: 'secret-b', times: 1_000 });
      const records = [...notices('secret-a', 5), ...notices('secret-b', 5), ...notices('fine', 5)];
      const { failed, printed } = await functions.invoke('ingest', records, {
        SPILLWAY_LOG_KEYS: allowed,
        INVOCATION_MS: '8000',
      });
      expect(failed).toEqual(ids('secret-a', 5));
      const text = printed.join('\n');
      expect(text).toContain('Events could not be counted now and come again');
      expect(text).toContain('Effects were left to the commands queue');
      expect(text.includes('secret-')).toBe(allowed === 'true');
    },
  );
});

describe('a function whose time runs out', () => {
  test('leaves effects to the commands queue and acknowledges what is in the log', async () => {
    const fired = functions.proxy.lay({ call: 'StartExecution', kind: 'hanging', times: 1_000 });
    const { failed } = await functions.invoke('ingest', notices('a', 5), { INVOCATION_MS: '4000' });
    expect([failed, fired()]).toEqual([[], 1]);
    expect(functions.sent.map((text) => JSON.parse(text))).toContainEqual({
      kind: 'ensure',
      route: 'sales',
      partition: 'a',
      from: 1,
      to: 1,
    });
  });

  test('gives back what it could not count, and keeps what it could', async () => {
    functions.proxy.lay({ call: 'PutItem', kind: 'hanging', match: '#slow', times: 1_000 });
    const records = [...notices('slow', 2), ...notices('quick', 2)];
    const { failed, printed } = await functions.invoke('ingest', records, { INVOCATION_MS: '4000' });
    expect(failed.sort()).toEqual(ids('slow', 2));
    expect(await eventsOf('quick')).toHaveLength(2);
    expect(printed.join('\n')).toContain('OutOfTimeError');
  });

  test('gives back a command that it could not carry out', async () => {
    functions.proxy.lay({ call: 'Query', kind: 'hanging', times: 1_000 });
    const ensure = { kind: 'ensure', route: 'sales', partition: 'a', from: 1, to: 1 };
    const record = sqsRecord(JSON.stringify(ensure), { id: 'slow' });
    const { failed } = await functions.invoke('command', [record], { INVOCATION_MS: '2000' });
    expect(failed).toEqual(['slow']);
  });
});

function notices(part: string, count: number): SQSRecord[] {
  return Array.from({ length: count }, (_, index) =>
    sqsRecord(noticeBody(`in/${part}/${index}.csv`, { sequencer: (index + 1).toString(16) }), {
      id: `${part}-${index}`,
    }),
  );
}

function ids(part: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${part}-${index}`);
}

async function eventsOf(partition: string) {
  const records = await dynamoLog(functions.table).readForward({ route: 'sales', partition }, 1, 100);
  return records.flatMap(({ events }) => events);
}
