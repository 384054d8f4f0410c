import { InvokeCommand } from '@aws-sdk/client-lambda';
import { SubscribeCommand } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { STACK } from './deploy.ts';
import { delivery, depth, empty, hurry, ownQueue, peek, send } from './queues.ts';
import { decisions, FUNCTIONS, type FunctionKey, granted, takeAway } from './roles.ts';
import { collected, ended, eventually, keys } from './waiting.ts';
import { apiUrl, openWorld, output, type World } from './world.ts';

/** Actions that the emulator does not ask about, or that no flow here comes to, and why they are granted all the same. */
const NOT_SEEN: { reason: string; functions: readonly FunctionKey[]; actions: string[] }[] = [
  {
    reason: 'Lambda writes the log in the name of the role; the emulator asks nobody',
    functions: FUNCTIONS,
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  },
  {
    reason:
      'Lambda sends what failed in the end to its destination, in the name of the role; nothing fails here',
    functions: ['status', 'reconcile'],
    actions: ['sqs:SendMessage'],
  },
  {
    reason: 'Lambda takes the messages in the name of the role; likewise',
    functions: ['ingest', 'command'],
    actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
  },
  {
    reason: 'a command that failed is to come again soon; nothing fails here',
    functions: ['command'],
    actions: ['sqs:ChangeMessageVisibility'],
  },
  {
    reason: 'Scheduler asks for it on CreateSchedule; the emulator does not',
    functions: ['ingest', 'command', 'reconcile', 'api'],
    actions: ['iam:PassRole'],
  },
  {
    reason: 'what ingest does after a commit, redone or handed on by whoever finds it undone',
    functions: ['command', 'reconcile', 'api', 'status'],
    actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'sqs:SendMessage', 'scheduler:CreateSchedule'],
  },
  {
    reason: 'likewise, and only where reconcile finds something',
    functions: ['reconcile'],
    actions: ['events:PutEvents', 'states:StartExecution', 'states:DescribeExecution'],
  },
  {
    reason: 'an input that is too large becomes a manifest, whoever closes the window',
    functions: ['command', 'reconcile', 'api', 'status'],
    actions: ['s3:PutObject'],
  },
  {
    reason: 'status events leave out an input over 248 KiB; a start may find that its execution has ended',
    functions: ['ingest', 'command', 'status'],
    actions: ['states:DescribeExecution'],
  },
  {
    reason:
      'S3 tells a missing object from a forbidden one only to those who may list; nothing is missing here',
    functions: ['api', 'process-csv', 'collect-results'],
    actions: ['s3:ListBucket'],
  },
  {
    reason:
      'versioned buckets, what an earlier attempt left, and parts of a large file that failed to be stored',
    functions: ['process-csv'],
    actions: ['s3:GetObjectVersion', 's3:DeleteObject', 's3:AbortMultipartUpload'],
  },
  {
    reason: 'lists that did not fit a state',
    functions: ['collect-results', 'check-file-extensions'],
    actions: ['s3:GetObject', 's3:PutObject'],
  },
];

let world: World;
beforeAll(async () => {
  world = await openWorld({ auth: true });
  await hurry(world);
});
afterAll(() => world?.close());

const reconcile = () => world.lambda.send(new InvokeCommand({ FunctionName: `${STACK}-reconcile` }));

describe('with roles enforced', () => {
  test('every flow works with what the roles grant, and nothing is refused', async () => {
    const inbox = await ownQueue(world, 'inbox');
    const TopicArn = output(world.outputs, 'TopicArn');
    await world.sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: inbox.arn }));
    const ingest = output(world.outputs, 'IngestQueueUrl');
    await delivery(world, 'ingest', false);
    await world.putAll(keys('counted/', 5));
    const [notice = ''] = await peek(world, ingest, 5);
    await delivery(world, 'ingest', true);
    await world.putAll([
      ...keys('timed/a/', 2),
      ...keys('patient/a/', 2),
      'mixed/a.csv',
      'mixed/b.csv',
      'mixed/c.png',
    ]);
    await world.putAll(keys(`large/${'long-'.repeat(190)}/`, 220));
    await collected(world, 'patient', 2);
    expect(await world.api('/v1/flushes', { route: 'patient' })).toMatchObject({
      status: 200,
      body: { batches: 1 },
    });
    for (const route of ['counted', 'timed', 'patient', 'large']) {
      expect(await ended(world, route, 1)).toMatchObject([{ status: 'succeeded' }]);
    }
    // Delivered again, it finds its event in a batch, and looks whether that was started.
    await send(world, ingest, notice);
    await empty(world, ingest);
    const [failed] = await ended(world, 'mixed', 1);
    expect(failed).toMatchObject({ status: 'failed' });
    await eventually(async () => expect(await depth(world, inbox.url)).toBe(1));
    expect((await world.api(`/v1/batches/${failed?.id}/trace`)).status).toBe(200);
    expect((await world.api(`/v1/batches/${failed?.id}`)).status).toBe(200);
    const file = new URLSearchParams({
      bucket: output(world.outputs, 'BucketLanding'),
      key: 'counted/1.csv',
    });
    expect((await world.api(`/v1/where?${file}`)).status).toBe(200);
    expect((await reconcile()).FunctionError).toBeUndefined();
    for (const key of FUNCTIONS) {
      const refused = (await decisions(world, key)).filter(({ decision }) => decision !== 'Allow');
      expect(refused, key).toEqual([]);
    }
  });

  test.each(FUNCTIONS)('the role of %s grants what was asked for and no more', async (key) => {
    const asked = new Set((await decisions(world, key)).map(({ action }) => action));
    const spare = (await granted(world, key)).filter((action) => !asked.has(action));
    const explained = NOT_SEEN.filter(({ functions }) => functions.includes(key)).flatMap(
      ({ actions }) => actions,
    );
    expect(spare.filter((action) => !explained.includes(action))).toEqual([]);
  });

  test('a request that nobody signed is refused', async () => {
    const url = apiUrl(world.ministack.endpoint, output(world.outputs, 'ApiUrl'));
    expect((await fetch(`${url}/v1/windows`)).status).toBe(403);
    expect((await world.api('/v1/windows')).status).toBe(200);
  });
});

describe('with one action taken away', () => {
  /** Resolves when the role was refused the action, which shows that this is why the flow fails. */
  const refused = (key: FunctionKey, action: string) =>
    eventually(async () => {
      const all = await decisions(world, key);
      const one = all.find((each) => each.action === action && each.decision !== 'Allow');
      expect(one, `${key} is refused ${action}`).toBeDefined();
    });

  const failingWithout = async (
    key: FunctionKey,
    action: string,
    fails: () => Promise<void>,
    works: () => Promise<unknown>,
  ) => {
    const giveBack = await takeAway(world, key, action);
    try {
      await fails();
      await refused(key, action);
    } finally {
      await giveBack();
    }
    await works();
  };

  test('ingest without dynamodb:PutItem counts nothing, and all of it later', async () => {
    await failingWithout(
      'ingest',
      'dynamodb:PutItem',
      async () => {
        await world.putAll(keys('doubled/', 4));
        await refused('ingest', 'dynamodb:PutItem');
        expect(await world.batches('doubled')).toEqual([]);
        expect(await world.windows('doubled')).toEqual([]);
      },
      () => ended(world, 'doubled', 1),
    );
  });

  test('command without dynamodb:PutItem leaves a window open past its deadline', async () => {
    await failingWithout(
      'command',
      'dynamodb:PutItem',
      async () => {
        await world.putAll(keys('timed/b/', 1));
        await refused('command', 'dynamodb:PutItem');
        expect(await world.windows('timed')).toMatchObject([{ partition: 'b', count: 1 }]);
      },
      () => ended(world, 'timed', 2),
    );
  });

  test('status without dynamodb:UpdateItem leaves a batch running that has ended, until reconcile', async () => {
    await failingWithout(
      'status',
      'dynamodb:UpdateItem',
      async () => {
        await world.putAll(keys('killed/', 3));
        await refused('status', 'dynamodb:UpdateItem');
        await eventually(async () =>
          expect(await world.executions('killed')).toMatchObject([{ status: 'SUCCEEDED' }]),
        );
        expect(await world.batches('killed')).toMatchObject([{ status: 'running' }]);
      },
      () =>
        eventually(async () => {
          expect((await reconcile()).FunctionError).toBeUndefined();
          expect(await world.batches('killed')).toMatchObject([{ status: 'succeeded' }]);
        }),
    );
  });

  test('reconcile without dynamodb:Query fails', async () => {
    await failingWithout(
      'reconcile',
      'dynamodb:Query',
      async () => expect((await reconcile()).FunctionError).toBeDefined(),
      async () => expect((await reconcile()).FunctionError).toBeUndefined(),
    );
  });

  test('api without dynamodb:Query answers with an error', async () => {
    await failingWithout(
      'api',
      'dynamodb:Query',
      async () => expect((await world.api('/v1/windows')).status).toBeGreaterThanOrEqual(500),
      async () => expect((await world.api('/v1/windows')).status).toBe(200),
    );
  });

  test('check-file-extensions without s3:GetObject cannot read a manifest', async () => {
    await failingWithout(
      'check-file-extensions',
      's3:GetObject',
      async () => {
        await world.putAll(keys(`large/${'long-'.repeat(190)}/`, 220, 220));
        expect((await ended(world, 'large', 2)).at(-1)).toMatchObject({ status: 'failed' });
      },
      async () => {},
    );
  });

  test.each([
    { key: 'process-csv', action: 's3:GetObject', from: 4, batches: 2 },
    { key: 'collect-results', action: 's3:PutObject', from: 12, batches: 4 },
  ] as const)(
    '$key without $action fails the batch, and not the next one',
    async ({ key, action, from, batches }) => {
      await failingWithout(
        key,
        action,
        async () => {
          // A failed file, so that there is a report to be written.
          await world.putAll([...keys('doubled/', 3, from), `doubled/${from}.png`]);
          expect((await ended(world, 'doubled', batches)).at(-1)).toMatchObject({ status: 'failed' });
        },
        async () => {
          await world.putAll(keys('doubled/', 4, from + 4));
          expect((await ended(world, 'doubled', batches + 1)).at(-1)).toMatchObject({ status: 'succeeded' });
        },
      );
    },
  );
});
