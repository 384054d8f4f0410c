import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dynamoLog } from '../../src/log/dynamodb.ts';
import { dynamoProjections } from '../../src/projections/dynamodb.ts';
import { createService } from '../../src/service/create-service.ts';
import { checkRemovedRoutes } from '../../src/stage/removal.ts';
import { run, start } from '../cli/spawned.ts';
import { event } from '../queries/home.ts';
import { onAws, sdk } from './endpoint.ts';
import { type OperatedStage, operatedStage } from './operated-stage.ts';

onAws('commands for a stage', () => {
  let stage: OperatedStage;
  const sqs = new SQSClient(sdk);

  beforeAll(async () => {
    stage = await operatedStage();
    stage.api.home.time.now = Date.now();
    for (const [name, value] of Object.entries(stage.env)) process.env[name] ??= value;
  }, 90_000);

  afterAll(() => stage?.remove());

  /** The command with --json. */
  const ask = async (...words: string[]) => {
    const { code, stdout, stderr } = await run([...words, '--stage', stage.name, '--json'], {
      env: stage.env,
    });
    return { code, stderr, document: JSON.parse(stdout) };
  };

  const urlOf = async (queue: string) =>
    (await sqs.send(new GetQueueUrlCommand({ QueueName: stage.named(queue) }))).QueueUrl ?? '';

  const send = async (queue: string, body: unknown, attributes: Record<string, string> = {}) => {
    const message: SendMessageCommandInput = {
      QueueUrl: await urlOf(queue),
      MessageBody: typeof body === 'string' ? body : JSON.stringify(body),
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, text]) => [name, { DataType: 'String', StringValue: text }]),
      ),
    };
    return (await sqs.send(new SendMessageCommand(message))).MessageId ?? '';
  };

  const receive = async (queue: string): Promise<string[]> => {
    const request = {
      QueueUrl: await urlOf(queue),
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 1,
      VisibilityTimeout: 0,
    };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request));
    return Messages.map(({ Body = '' }) => Body).sort();
  };

  /** Messages in a queue, those that somebody holds included. */
  const waiting = async (queue: string): Promise<number> => {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: await urlOf(queue), AttributeNames: ['All'] }),
    );
    const { ApproximateNumberOfMessages: seen, ApproximateNumberOfMessagesNotVisible: hidden } = Attributes;
    return Number(seen) + Number(hidden);
  };

  /** Up to ten messages, which nobody sees for half a minute then. */
  const take = async (queue: string): Promise<string[]> => {
    const request = { QueueUrl: await urlOf(queue), MaxNumberOfMessages: 10, VisibilityTimeout: 30 };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request));
    return Messages.map(({ Body = '' }) => Body);
  };

  describe('the commands of a laptop', () => {
    test('find the API through the stack, sign, and tell account and region', async () => {
      await stage.api.home.service.append([await stage.api.home.put('chapter10/1.csv')]);
      const { code, document, stderr } = await ask('windows');
      expect(code).toBe(0);
      expect(document.windows).toMatchObject([{ route: 'sales', count: 1 }]);
      expect(stderr).toMatch(/^Stage \S+ in account \d{12}, eu-central-1\.\n$/);
    });

    test('exit with 6 where there is no such stage, and name its stack', async () => {
      const { code, stdout, stderr } = await run(['windows', '--stage', 'nowhere'], { env: stage.env });
      expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
      expect(stderr).toContain('There is no stack "spillway-nowhere" in eu-central-1');
    });

    test('exit with 4 where the API does not believe the signature', async () => {
      const env = { ...stage.env, AWS_SECRET_ACCESS_KEY: 'stolen' };
      const { code, stderr } = await run(['windows', '--stage', stage.name], { env });
      expect({ code, refused: stderr.includes('refused the caller') }).toEqual({ code: 4, refused: true });
    });

    test('exit with 4 without credentials, with 2 without a region', async () => {
      const { AWS_ENDPOINT_URL = '', AWS_REGION = '' } = stage.env;
      const nobody = { AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/nowhere', HOME: '/nowhere' };
      const alone = await run(['batches', '--stage', 'x'], {
        env: { ...nobody, AWS_ENDPOINT_URL, AWS_REGION },
      });
      expect(alone.code).toBe(4);
      const { AWS_REGION: _region, ...lost } = stage.env;
      expect((await run(['batches', '--stage', 'x'], { env: { ...lost, ...nobody } })).code).toBe(2);
    });

    test('take an address and sign for it where a stage is named too', async () => {
      const words = ['why', 'sales', '--url', stage.api.url, '--stage', stage.name];
      const { code, stderr } = await run(words, { env: stage.env });
      expect({ code, told: stderr.includes(`${stage.api.url} as account`) }).toEqual({ code: 0, told: true });
    });

    test('listen by looking, since there is no stream', async () => {
      const listening = start(['listen', '--stage', stage.name], { env: stage.env });
      await listening.printed(/every 2 s: it has no live stream/);
      await stage.api.home.service.append([await stage.api.home.put('partners/globex/1.csv')]);
      await listening.printed(/window-seen\tpartners\tglobex\t1 event waiting/);
      listening.child.kill('SIGINT');
      expect((await listening.ended).code).toBe(130);
    });
  });

  describe('dead letters', () => {
    const notice = (key: string) => ({
      version: '0',
      id: 'e8a7',
      'detail-type': 'Object Created',
      source: 'aws.s3',
      account: '123456789012',
      time: '2026-11-02T08:00:00Z',
      region: 'eu-central-1',
      resources: ['arn:aws:s3:::landing'],
      detail: {
        version: '0',
        bucket: { name: 'landing' },
        object: { key, size: 5, etag: 'e', sequencer: '617f08299329d189' },
        reason: 'PutObject',
      },
    });
    const flush = {
      kind: 'flush',
      flushId: 'sales/0/2026-11-02T08:00:00Z',
      reason: 'schedule',
      who: 'schedule sales/0',
      scope: { route: 'sales' },
      minEvents: 1,
    };
    const status = {
      'detail-type': 'Step Functions Execution Status Change',
      source: 'aws.states',
      detail: { name: 'sales-1-2-3', status: 'SUCCEEDED' },
    };

    test('are listed with what they are and why, and stay where they are', async () => {
      await send('commands-dlq', 'poison');
      const ids = [
        await send('ingest-dlq', notice('a.csv')),
        await send('ingest-dlq', notice('b.csv'), {
          RULE_ARN: 'arn:aws:events:eu-central-1:1:rule/events-0',
          TARGET_ARN: 'arn:aws:sqs:eu-central-1:1:ingest',
          ERROR_CODE: 'NO_PERMISSIONS',
          ERROR_MESSAGE: 'Lack of permissions to invoke cross account target.',
        }),
        await send(
          'commands-dlq',
          { MessageBody: JSON.stringify(flush), QueueUrl: 'https://sqs/commands' },
          {
            SCHEDULE_ARN: 'arn:aws:scheduler:eu-central-1:1:schedule/timers/sales-0',
            ERROR_CODE: 'AWS.SimpleQueueService.NonExistentQueue',
            IS_PAYLOAD_TRUNCATED: 'false',
          },
        ),
        await send('status-dlq', status),
      ];
      for (const _again of [1, 2]) {
        const { code, document } = await ask('dlq', 'ls');
        expect(code).toBe(0);
        const rows = new Map<string, Record<string, unknown>>(
          document.deadLetters.map((row: { id: string }) => [row.id, row]),
        );
        expect(ids.map((id) => rows.get(id))).toMatchObject([
          { queue: 'ingest', from: 'function', what: 'event s3://landing/a.csv', remedy: 'send' },
          {
            queue: 'ingest',
            from: 'rule',
            why: 'NO_PERMISSIONS: Lack of permissions to invoke cross account target.',
          },
          {
            queue: 'commands',
            from: 'schedule',
            what: 'flush sales/0/2026-11-02T08:00:00Z of sales',
            remedy: 'send',
          },
          { queue: 'status', what: 'status of execution sales-1-2-3', remedy: 'forget' },
        ]);
        expect(document.total).toBe(5);
      }
    });

    test('are shown whole, and an unknown one exits with 6', async () => {
      const { document } = await ask('dlq', 'ls', '--queue', 'ingest');
      const [letter] = document.deadLetters.filter(({ from }: { from: string }) => from === 'function');
      const shown = await ask('dlq', 'show', letter.id);
      expect(JSON.parse(shown.document.deadLetter.body)).toEqual(notice('a.csv'));
      expect((await ask('dlq', 'show', 'no-such-letter', '--queue', 'ingest')).code).toBe(6);
    });

    test('go back as their consumer wants them; poison stays; nothing moves in a dry run', async () => {
      const dry = await ask('dlq', 'redrive', '--dry-run');
      expect(dry.document).toMatchObject({
        sent: [{}, {}, {}],
        forgotten: [{}],
        left: [{ why: expect.any(String) }],
      });
      expect(await receive('ingest')).toEqual([]);
      const { code, document } = await ask('dlq', 'redrive');
      expect(code).toBe(1);
      expect(document.left).toMatchObject([{ queue: 'commands', what: 'a message that is no command' }]);
      expect((await receive('ingest')).map((body) => JSON.parse(body).detail.object.key)).toEqual([
        'a.csv',
        'b.csv',
      ]);
      expect((await receive('commands')).map((body) => JSON.parse(body))).toEqual([flush]);
      const after = await ask('dlq', 'ls');
      expect(after.document.deadLetters).toMatchObject([{ remedy: 'keep' }]);
    });

    test('of a call that failed for good say what it died of, and are removed by redrive', async () => {
      const id = await send('status-dlq', {
        version: '1.0',
        timestamp: '2026-11-14T18:16:05.568Z',
        requestContext: {
          requestId: 'e4b4',
          functionArn: 'arn:aws:lambda:eu-central-1:1:function:spillway-prod-status:$LATEST',
          condition: 'RetriesExhausted',
          approximateInvokeCount: 3,
        },
        requestPayload: status,
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
        responsePayload: { errorType: 'TableUnavailableError', errorMessage: 'no answer' },
      });
      const { document } = await ask('dlq', 'ls', '--queue', 'status');
      expect(document.deadLetters).toMatchObject([
        { id, what: 'status of execution sales-1-2-3', why: expect.stringMatching(/^TableUnavailableError/) },
      ]);
      const redriven = await ask('dlq', 'redrive', '--queue', 'status');
      expect(redriven.document).toMatchObject({ sent: [], forgotten: [{ id }], left: [] });
    });

    test('are discarded only by id and with a yes, and what is printed keeps them', async () => {
      const id = await send('commands-dlq', 'poison to discard');
      const words = ['dlq', 'discard', id, '--queue', 'commands', '--note', 'made by hand'];
      const asked = await ask(...words);
      expect(asked).toMatchObject({ code: 2, document: { error: { code: 'confirmation-needed' } } });
      const dry = await ask(...words, '--dry-run');
      expect(dry).toMatchObject({ code: 0, document: { dryRun: true, discarded: [{ id }] } });
      const { code, document } = await ask(...words, '--yes');
      expect({ code, ...document }).toMatchObject({
        code: 0,
        note: 'made by hand',
        who: expect.any(String),
        discarded: [{ id, body: 'poison to discard' }],
        missing: [],
      });
      const again = await ask(...words, '--yes');
      expect(again).toMatchObject({ code: 6, document: { discarded: [], missing: [id] } });
    });

    test('are all moved in the end, though redrive is killed in the middle', {
      timeout: 120_000,
    }, async () => {
      const keys = Array.from({ length: 120 }, (_, index) => `killed/${index}.csv`);
      await Promise.all(keys.map((key) => send('ingest-dlq', notice(key))));
      const before = await waiting('ingest');
      const redriving = start(['dlq', 'redrive', '--queue', 'ingest', '--stage', stage.name], {
        env: stage.env,
      });
      await expect
        .poll(() => waiting('ingest'), { interval: 5, timeout: 20_000 })
        .toBeGreaterThan(before + 8);
      redriving.child.kill('SIGKILL');
      expect((await redriving.ended).signal).toBe('SIGKILL');
      expect(await waiting('ingest-dlq')).toBeGreaterThan(0);
      // What the killed one held shows itself after a while.
      await expect
        .poll(
          async () => {
            await ask('dlq', 'redrive', '--queue', 'ingest');
            return waiting('ingest-dlq');
          },
          { timeout: 90_000, interval: 1_000 },
        )
        .toBe(0);
      const moved = new Set<string>();
      for (let bodies = await take('ingest'); bodies.length > 0; bodies = await take('ingest')) {
        for (const body of bodies) moved.add(JSON.parse(body).detail.object.key);
      }
      expect(keys.filter((key) => !moved.has(key))).toEqual([]);
    });

    test('are moved by the hundred, one by one where ids are given', async () => {
      const ids = await Promise.all(
        Array.from({ length: 35 }, (_, index) => send('ingest-dlq', notice(`many/${index}.csv`))),
      );
      const one = await ask('dlq', 'redrive', ids[20] ?? '', '--queue', 'ingest');
      expect(one.document.sent.map(({ id }: { id: string }) => id)).toEqual([ids[20]]);
      const all = await ask('dlq', 'redrive', '--queue', 'ingest');
      expect({ code: all.code, sent: all.document.sent.length }).toEqual({ code: 0, sent: 34 });
      expect((await ask('dlq', 'ls', '--queue', 'ingest')).document.deadLetters).toEqual([]);
    });
  });

  describe('a deployment that removes a route', () => {
    test('is refused while a window of it is open, by what its table says', async () => {
      const target = { client: new DynamoDBClient(sdk), table: stage.named('log') };
      const { home } = stage.api;
      const log = dynamoLog(target);
      const ports = { ...home.ports, log, projections: dynamoProjections(target) };
      const service = createService(ports, home.sources.router, home.clock, { manifestBucket: 'm' });
      await service.append([event('partners/acme/1.csv', Date.now()), event('chapter10/1.csv', Date.now())]);
      await checkRemovedRoutes(stage.name, ['sales', 'partners']);
      await expect(checkRemovedRoutes(stage.name, ['sales'])).rejects.toThrow(
        `npx spillway drain partners --stage ${stage.name}`,
      );
      await service.flush({
        id: 'f',
        reason: 'manual',
        who: 'test',
        scope: { route: 'partners' },
        minEvents: 1,
      });
      await checkRemovedRoutes(stage.name, ['sales']);
    });

    test('passes where nothing was ever deployed', async () => {
      await checkRemovedRoutes('never-deployed', []);
    });
  });
});
