import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { clientSettings, deploy, remove } from './deploy.ts';
import { collected, ended, keys, keysGiven, oneExecutionEach } from './waiting.ts';
import { openWorld, output } from './world.ts';

test('an update keeps what is open and what was, under the policy it opened with; remove keeps the table', async () => {
  const world = await openWorld();
  try {
    await world.putAll(keys('kept/', 4));
    await ended(world, 'kept', 1);
    await world.putAll(keys('kept/', 3, 4));
    await collected(world, 'kept', 3);

    // The window's events would wait for ever.
    await expect(deploy(world.ministack, 'test/e2e/routes-removed.yml')).rejects.toThrow(
      /kept[\s\S]*spillway drain kept --stage e2e/,
    );

    const changed = await deploy(world.ministack, 'test/e2e/routes-changed.yml');
    expect(changed).toEqual(world.outputs);
    // Counts of 2 close a window now, but not this one: it opened under 4.
    expect(await world.windows('kept')).toMatchObject([{ count: 3, limits: { count: 4 } }]);
    await world.putAll(keys('kept/', 1, 7));
    expect(await ended(world, 'kept', 2)).toMatchObject([{ count: 4 }, { count: 4, reason: 'count' }]);
    await world.putAll(keys('kept/', 2, 8));
    const batches = await ended(world, 'kept', 3);
    expect(batches.map(({ count, seq }) => ({ count, seq }))).toEqual([
      { count: 4, seq: 1 },
      { count: 4, seq: 2 },
      { count: 2, seq: 3 },
    ]);
    await oneExecutionEach(world, 'kept', batches);
    expect((await keysGiven(world, 'kept')).sort()).toEqual(keys('kept/', 10));

    // Nothing is open any more.
    await deploy(world.ministack, 'test/e2e/routes-removed.yml');

    const said = await remove(world.ministack, 'test/e2e/routes-removed.yml');
    const table = output(world.outputs, 'TableName');
    expect(said).toContain('the table spillway-e2e-Table-');
    const dynamodb = new DynamoDBClient(clientSettings(world.ministack));
    expect((await dynamodb.send(new ListTablesCommand({}))).TableNames).toContain(table);
    dynamodb.destroy();
    const QueueUrl = output(world.outputs, 'IngestQueueUrl');
    await expect(world.sqs.send(new GetQueueAttributesCommand({ QueueUrl }))).rejects.toThrow();
  } finally {
    await world.close();
  }
});
