import { HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { SubscribeCommand } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { depth, ownQueue, peek } from './queues.ts';
import { collected, ended, keys, keysGiven, oneExecutionEach } from './waiting.ts';
import { openWorld, output, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

describe.concurrent('a deployed stack', () => {
  test('closes a window by count at exactly that many events, and starts one execution with them', async () => {
    const put = keys('counted/', 13);
    await world.putAll(put);
    const batches = await ended(world, 'counted', 2);
    await collected(world, 'counted', 3);
    expect(batches.map(({ count, reason, seq }) => ({ count, reason, seq }))).toEqual([
      { count: 5, reason: 'count', seq: 1 },
      { count: 5, reason: 'count', seq: 2 },
    ]);
    await oneExecutionEach(world, 'counted', batches);
    const given = await keysGiven(world, 'counted');
    expect(new Set(given).size).toBe(10);
    expect(put).toEqual(expect.arrayContaining(given));
    const answer = await world.api(`/v1/batches/${batches[0]?.id}/trace`);
    expect(answer.body.entries.at(-1)).toMatchObject({ kind: 'succeeded' });
  });

  test('closes a window at its deadline though nothing more arrives, and never before', async () => {
    await world.putAll([...keys('timed/a/', 3), ...keys('timed/b/', 1)]);
    const batches = await ended(world, 'timed', 2);
    expect(
      batches
        .map(({ partition, count, reason }) => ({ partition, count, reason }))
        .sort((a, b) => b.count - a.count),
    ).toEqual([
      { partition: 'a', count: 3, reason: 'time' },
      { partition: 'b', count: 1, reason: 'time' },
    ]);
    for (const { openedAt, deadline, closedAt } of batches) {
      expect(Date.parse(deadline) - Date.parse(openedAt)).toBe(4_000);
      expect(Date.parse(closedAt)).toBeGreaterThanOrEqual(Date.parse(deadline));
    }
    await oneExecutionEach(world, 'timed', batches);
    expect(await world.windows('timed')).toEqual([]);
  });

  test('closes windows of a minute at their deadlines, and says how late', async () => {
    const sources = Array.from({ length: 12 }, (_, index) => `s${index}`);
    // Not all at once: each window has a deadline of its own.
    for (const source of sources) await world.putAll(keys(`minute/${source}/`, 1 + (source.length % 2)));
    const batches = await ended(world, 'minute', sources.length);
    expect(batches.map(({ partition }) => partition).sort()).toEqual(sources.toSorted());
    const lateness = batches.map(({ deadline, closedAt }) => Date.parse(closedAt) - Date.parse(deadline));
    for (const [index, { openedAt, deadline, reason }] of batches.entries()) {
      expect(reason).toBe('time');
      expect(Date.parse(deadline) - Date.parse(openedAt)).toBe(60_000);
      expect(lateness[index]).toBeGreaterThanOrEqual(0);
    }
    await oneExecutionEach(world, 'minute', batches);
    const [least, median, most] = [0, 0.5, 1].map((part) => {
      const sorted = lateness.toSorted((a, b) => a - b);
      return sorted[Math.round(part * (sorted.length - 1))];
    });
    console.log(
      `Lateness of ${batches.length} windows of a minute: ${least} to ${most} ms, median ${median} ms.`,
    );
  });

  test('closes one window by a signed request, once however often it is sent, and leaves the others open', async () => {
    await world.putAll([...keys('patient/a/', 2), ...keys('patient/b/', 3)]);
    await collected(world, 'patient', 5);
    const flush = { route: 'patient', partition: 'a', flushId: 'release-a', note: 'before lunch' };
    const first = await world.api('/v1/flushes', flush);
    expect(first).toMatchObject({ status: 200, body: { batches: 1, events: 2 } });
    await world.putAll(keys('patient/a/', 1, 2));
    await collected(world, 'patient', 4);
    await world.api('/v1/flushes', flush);
    const [batch, ...others] = await ended(world, 'patient', 1);
    expect(others).toEqual([]);
    expect(batch).toMatchObject({ partition: 'a', reason: 'manual', count: 2, by: { flushId: 'release-a' } });
    // Whoever signed it, not who they say they are.
    expect(batch?.by?.who).toMatch(/^arn:aws:(iam|sts)::\d{12}:/);
    await oneExecutionEach(world, 'patient', batch ? [batch] : []);
    await collected(world, 'patient', 4);
  });

  test('closes windows by cron', async () => {
    await world.putAll(keys('ticking/', 2));
    const [batch] = await ended(world, 'ticking', 1);
    expect(batch).toMatchObject({ reason: 'schedule', count: 2, by: { who: 'schedule ticking/0' } });
    expect(batch?.by?.flushId).toMatch(/^ticking\/0\/\d{4}-\d\d-\d\dT\d\d:\d\d:00Z$/);
    await oneExecutionEach(world, 'ticking', batch ? [batch] : []);
  });

  test('tells a subscriber once of a batch with a file that fails, and processes its neighbours', async () => {
    const inbox = await ownQueue(world, 'inbox');
    const TopicArn = output(world.outputs, 'TopicArn');
    await world.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: inbox.arn }));
    await world.put('mixed/1.csv');
    await world.put('mixed/2.csv');
    await world.put('mixed/picture.png', 'not rows');
    const [batch] = await ended(world, 'mixed', 1);
    expect(batch).toMatchObject({ status: 'failed', reason: 'count', count: 3 });
    expect(await world.executions('mixed')).toMatchObject([
      { status: 'FAILED', error: 'InvalidFormatException' },
    ]);
    const [message] = await peek(world, inbox.url, 1);
    expect(JSON.parse(message ?? '')).toMatchObject({ Subject: 'Spillway: 1 of 3 files failed (mixed)' });
    expect(JSON.parse(message ?? '').Message).toContain('mixed/picture.png');
    expect(await depth(world, inbox.url)).toBe(1);
    const Bucket = output(world.outputs, 'BucketCurated');
    const { Contents: written = [] } = await world.s3.send(
      new ListObjectsV2Command({ Bucket, Prefix: 'mixed/' }),
    );
    expect(written.filter(({ Key }) => Key?.endsWith('.parquet'))).toHaveLength(1);
  });

  test('hands over a batch that does not fit an input as a manifest', async () => {
    const put = keys(`large/${'long-'.repeat(190)}/`, 220);
    await world.putAll(put);
    const [batch] = await ended(world, 'large', 1);
    expect(batch).toMatchObject({ status: 'succeeded', reason: 'count', count: 220 });
    const [execution] = await world.executions('large');
    const { bucket: Bucket, key: Key } = execution?.input.manifest ?? {};
    expect(execution?.input.events).toBeUndefined();
    expect(Bucket).toBe(output(world.outputs, 'ManifestBucket'));
    await world.s3.send(new HeadObjectCommand({ Bucket, Key }));
  });
});
