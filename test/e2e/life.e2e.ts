import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { REGION } from '../emulator/ministack.ts';
import { clientSettings, deploy, remove } from './deploy.ts';
import { collected, ended, keys, keysGiven, oneExecutionEach } from './waiting.ts';
import { openWorld, output, type World } from './world.ts';

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

    await leaveSomethingEverywhere(world);
    const refused = await remove(world.ministack, 'test/e2e/routes-removed.yml').catch(String);
    expect(refused).toContain('1 open window with 2 events: patient/slow (2).');
    expect(refused).toContain('npx spillway drain patient --stage e2e');
    expect(refused).toContain('About 1 message in the queue spillway-e2e-ingest:');
    expect(refused).toContain('About 1 dead letter of the queue status.');
    expect(refused).not.toContain('spillway-e2e-commands:');
    expect(refused).not.toMatch(/^ +at /m);
    expect(await world.windows('patient')).toMatchObject([{ partition: 'slow', count: 2 }]);
    const QueueUrl = output(world.outputs, 'IngestQueueUrl');
    const { Attributes } = await world.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessagesDelayed'] }),
    );
    expect(Attributes).toEqual({ ApproximateNumberOfMessagesDelayed: '1' });

    const said = await remove(world.ministack, 'test/e2e/routes-removed.yml', { abandon: 'true' });
    await expect(world.sqs.send(new GetQueueAttributesCommand({ QueueUrl }))).rejects.toThrow();
    const table = output(world.outputs, 'TableName');
    expect(said).toContain(`aws dynamodb delete-table --table-name ${table} --region ${REGION}\n`);
    const dynamodb = new DynamoDBClient(clientSettings(world.ministack));
    expect((await dynamodb.send(new ListTablesCommand({}))).TableNames).toContain(table);
    dynamodb.destroy();
    for (const name of ['BucketLanding', 'BucketCurated', 'ManifestBucket']) {
      const Bucket = output(world.outputs, name);
      expect(said).toContain(`aws s3 rb s3://${Bucket} --force --region ${REGION}\n`);
      await world.s3.send(new HeadBucketCommand({ Bucket }));
    }
    // A stack that is not there is osls' to tell of.
    expect(await remove(world.ministack, 'test/e2e/routes-removed.yml')).not.toContain(
      'spillway-e2e is gone',
    );
  } finally {
    await world.close();
  }
});

/** An open window, an event on its way, a dead letter, and a deadline, which is nothing to keep. */
async function leaveSomethingEverywhere(world: World): Promise<void> {
  await world.putAll(keys('patient/slow/', 2));
  await collected(world, 'patient', 2);
  for (const queue of ['IngestQueueUrl', 'CommandsQueueUrl', 'StatusDlqUrl']) {
    const QueueUrl = output(world.outputs, queue);
    const DelaySeconds = queue === 'StatusDlqUrl' ? 0 : 900;
    await world.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}', DelaySeconds }));
  }
}
