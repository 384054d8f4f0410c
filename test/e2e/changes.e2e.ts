import { paginateListEventSourceMappings, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { redeploy } from './deploy.ts';
import { collected, ended, eventually, keys, keysGiven } from './waiting.ts';
import { openWorld, output, type World } from './world.ts';

let world: World;

// Roles are enforced: what they lose with a deployment fails here, as on AWS.
beforeAll(async () => {
  world = await openWorld({ auth: true });
});

afterAll(() => world?.close());

const QUEUE = 'spillway-e2e-ingest-timed';

async function waiting(): Promise<number> {
  const { QueueUrl } = await world.sqs.send(new GetQueueUrlCommand({ QueueName: QUEUE }));
  const AttributeNames = ['ApproximateNumberOfMessages' as const];
  const { Attributes } = await world.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
  return Number(Attributes?.ApproximateNumberOfMessages);
}

/** Switches the reading of the dedicated queue, as an operator does who pauses it. */
async function read(Enabled: boolean): Promise<void> {
  for await (const { EventSourceMappings = [] } of paginateListEventSourceMappings(
    { client: world.lambda },
    {},
  )) {
    for (const { UUID, EventSourceArn } of EventSourceMappings) {
      if (!EventSourceArn?.endsWith(`:${QUEUE}`)) continue;
      await world.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
    }
  }
}

test('what windows and queues hold when routes move is counted and processed all the same', async () => {
  await world.putAll(keys('kept/', 3));
  await collected(world, 'kept', 3);
  await read(false);
  await world.putAll(keys('timed/late/', 2));
  await eventually(async () => expect(await waiting()).toBe(2));

  const said = await redeploy(world.ministack, 'test/e2e/routes-moved.yml');
  expect(said).toContain(`The queue ${QUEUE} has no route any more.`);
  expect(said).toContain('running batches of kept still need');

  await read(true);
  expect(await ended(world, 'timed', 1)).toMatchObject([{ count: 2, status: 'succeeded' }]);
  // Through the shared queue, now.
  await world.putAll(keys('timed/early/', 2));
  expect(await ended(world, 'timed', 2)).toMatchObject([{ count: 2 }, { count: 2, status: 'succeeded' }]);

  // The window opened under the former prefix and output, and its steps read and write there.
  await world.putAll(keys('moved/', 1));
  const [batch] = await ended(world, 'kept', 1);
  expect(batch).toMatchObject({ count: 4, status: 'succeeded' });
  expect((await keysGiven(world, 'kept')).sort()).toEqual([...keys('kept/', 3), ...keys('moved/', 1)]);
});

test('a stage goes on with the table that it is told to use, and does not forget it', async () => {
  await world.putAll(keys('moved/', 2, 10));
  await collected(world, 'kept', 2);
  const table = output(world.outputs, 'TableName');
  const redeployed = (parameters: Record<string, string>) =>
    redeploy(world.ministack, 'test/e2e/routes-moved.yml', parameters);

  await expect(redeployed({ table: 'nobodys-table' })).rejects.toThrow(
    /"nobodys-table" cannot be used: it is not/,
  );
  await redeployed({ table });
  await world.putAll(keys('moved/', 2, 12));
  expect(await ended(world, 'kept', 2)).toMatchObject([{ count: 4 }, { count: 4, status: 'succeeded' }]);
  await expect(redeployed({})).rejects.toThrow(new RegExp(`--param=table=${table} again`));
});
