import {
  CreateQueueCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import { command } from '../../handlers/command.ts';
import type { Command } from '../../src/commands/commands.ts';
import { CommandInvalidError, commandMessage, commandText } from '../../src/commands/message.ts';
import { sqsCommands } from '../../src/commands/sqs.ts';
import { commandsContract, ensure } from '../contracts/commands.ts';
import { ODD_TEXTS } from '../contracts/odd-texts.ts';
import { quietHome } from '../handlers/home.ts';
import { answering } from './answering.ts';
import { freshName, onAws, openQueue, sdk } from './endpoint.ts';

/** Messages of these tests come again by themselves within a second. */
const noHurry = { commands: { comeAgain: async () => {} } };

onAws('on AWS', () => {
  commandsContract('SQS and the command handler', async (handle) => {
    const home = { ...quietHome(), ...noHurry, service: { handle } as never };
    const queue = await openQueue('commands', async ({ MessageId: messageId = '', Body: body = '' }) => {
      const event = { Records: [{ messageId, body } as SQSRecord] };
      const { batchItemFailures } = await command(event, home);
      if (batchItemFailures.length > 0) throw new Error('delivered again');
    });
    const client = new SQSClient(sdk);
    return { commands: sqsCommands({ client, queueUrl: queue.url }), close: queue.close };
  });

  test('any partition travels through SQS as it is', async () => {
    const received: Command[] = [];
    const queue = await openQueue(
      'odd',
      async ({ Body: body = '' }) => void received.push(commandMessage(body)),
    );
    const commands = sqsCommands({ client: new SQSClient(sdk), queueUrl: queue.url });
    const sent = [...ODD_TEXTS, '\ufffe', '<aws.scheduler.attempt-number>'].map(oddly);
    await Promise.all(sent.map((each) => commands.send(each)));
    for (const each of sent) await expect.poll(() => received, { timeout: 5_000 }).toContainEqual(each);
    await queue.close();
  });

  test('a command whose handling failed comes again when it was told to', async () => {
    const client = new SQSClient(sdk);
    const Attributes = { VisibilityTimeout: '600' };
    const { QueueUrl = '' } = await client.send(
      new CreateQueueCommand({ QueueName: freshName('again'), Attributes }),
    );
    const commands = sqsCommands({ client, queueUrl: QueueUrl });
    await commands.send(ensure(1));
    const receive = async () => {
      const { Messages: [message] = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl }));
      return message;
    };
    const first = await receive();
    expect(await receive()).toBeUndefined();
    await commands.comeAgain(first?.ReceiptHandle ?? '', 1);
    await expect.poll(receive, { timeout: 10_000 }).toMatchObject({ Body: commandText(ensure(1)) });
    await client.send(new DeleteQueueCommand({ QueueUrl }));
  });

  test('what is no command stays in the queue, and its neighbours are carried out', async () => {
    const handled: Command[] = [];
    let refused = 0;
    const home = {
      ...quietHome(),
      ...noHurry,
      service: { handle: async (each: Command) => void handled.push(each) } as never,
    };
    const queue = await openQueue('poison', async ({ MessageId: messageId = '', Body: body = '' }) => {
      const { batchItemFailures } = await command({ Records: [{ messageId, body } as SQSRecord] }, home);
      if (batchItemFailures.length === 0) return;
      refused += 1;
      throw new Error('delivered again');
    });
    const client = new SQSClient(sdk);
    await client.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: '{"kind":"dance"}' }));
    await sqsCommands({ client, queueUrl: queue.url }).send(ensure(1));
    await expect.poll(() => handled, { timeout: 5_000 }).toEqual([ensure(1)]);
    await expect.poll(() => refused, { timeout: 5_000 }).toBeGreaterThanOrEqual(2);
    await queue.close();
  });
});

describe('a command as a message', () => {
  test('says the same after the journey, whatever its partition is called', () => {
    for (const text of [...ODD_TEXTS, '\ufffe', '<aws.scheduler.attempt-number>', '</', '😀<']) {
      expect(commandMessage(commandText(oddly(text)))).toEqual(oddly(text));
    }
  });

  test('holds nothing that SQS refuses or the Scheduler replaces', () => {
    const body = commandText(oddly('a<aws.scheduler.scheduled-time>\uffff\ufffe\0\n😀'));
    expect(body).not.toMatch(/</);
    // SendMessage takes #x9, #xA, #xD, #x20 to #xD7FF, #xE000 to #xFFFD and #x10000 to #x10FFFF.
    expect(body).toMatch(/^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u);
  });

  test('from a cron schedule is a flush of its route', () => {
    const body =
      '{"kind":"flush","flushId":"sales/0/2026-11-23T08:30:00Z","reason":"schedule","who":"schedule sales/0","scope":{"route":"sales"},"minEvents":1}';
    expect(commandMessage(body)).toEqual({
      kind: 'flush',
      flushId: 'sales/0/2026-11-23T08:30:00Z',
      reason: 'schedule',
      who: 'schedule sales/0',
      scope: { route: 'sales' },
      minEvents: 1,
    });
  });

  test.each([
    ['hello', ''],
    ['', ''],
    ['null', ''],
    ['[]', ''],
    ['{}', 'kind'],
    ['{"kind":"dance"}', 'kind'],
    ['{"kind":"ensure","route":"r","partition":"","from":0,"to":1}', 'from'],
    ['{"kind":"ensure","route":"","partition":"","from":1,"to":1}', 'route'],
    ['{"kind":"deadline","route":"r","partition":"","epoch":"e","windowSeq":1.5,"at":1}', 'windowSeq'],
    ['{"kind":"flush","flushId":"f","reason":"count","who":"","scope":{},"minEvents":1}', 'reason'],
    [
      '{"kind":"flush","flushId":"f","reason":"manual","who":"","scope":{"route":7},"minEvents":1}',
      'scope.route',
    ],
  ])('%s is refused, with the place', (body, path) => {
    const thrown = caught(() => commandMessage(body));
    expect(thrown).toBeInstanceOf(CommandInvalidError);
    expect(thrown).toMatchObject({ name: 'CommandInvalidError', path });
  });
});

describe('commands in SQS', () => {
  let aws: Awaited<ReturnType<typeof answering>>;
  afterEach(() => aws.close());

  test.each([
    [-5_000, 0],
    [0, 0],
    [1, 1],
    [1_000, 1],
    [1_001, 2],
    [900_000, 900],
    [86_400_000, 900],
  ])('later by %d ms is a delay of %d s', async (ms, seconds) => {
    aws = await answering({ status: 200, body: { Successful: [{ Id: '0', MessageId: 'm' }] } });
    const client = new SQSClient({ ...aws.sdk, md5: false });
    await sqsCommands({ client, queueUrl: `${aws.sdk.endpoint}/1/q` }).sendLater(ensure(1), ms);
    expect(JSON.parse(aws.requests[0]?.body ?? '')).toMatchObject({
      Entries: [{ DelaySeconds: seconds }],
    });
  });

  test('that are sent together share requests of ten, small ones at least', async () => {
    aws = await answering(...Array.from({ length: 5 }, () => ({ status: 200, body: {} })));
    const client = new SQSClient({ ...aws.sdk, md5: false });
    const commands = sqsCommands({ client, queueUrl: `${aws.sdk.endpoint}/1/q` });
    const large = { ...oddly('x'.repeat(200_000)) };
    await Promise.all([
      ...Array.from({ length: 25 }, (_, index) => commands.send(ensure(index + 1))),
      ...[large, large].map((each) => commands.sendLater(each, 60_000)),
    ]);
    const sizes = aws.requests.map(({ body }) => JSON.parse(body).Entries.length);
    expect(sizes.sort()).toEqual([1, 10, 10, 6].sort());
  });

  test('fail alone in a request that succeeds', async () => {
    const Failed = [{ Id: '1', SenderFault: false, Code: 'InternalError', Message: 'try again' }];
    aws = await answering({ status: 200, body: { Successful: [{ Id: '0', MessageId: 'm' }], Failed } });
    const client = new SQSClient({ ...aws.sdk, md5: false });
    const commands = sqsCommands({ client, queueUrl: `${aws.sdk.endpoint}/1/q` });
    const [one, two] = await Promise.allSettled([commands.send(ensure(1)), commands.send(ensure(2))]);
    expect(one).toMatchObject({ status: 'fulfilled' });
    expect(two).toMatchObject({
      status: 'rejected',
      reason: { name: 'CommandNotSentError', code: 'InternalError' },
    });
  });

  test('reject when SQS refuses', async () => {
    aws = await answering({ status: 400, body: { __type: 'QueueDoesNotExist', message: 'gone' } });
    const client = new SQSClient({ ...aws.sdk, maxAttempts: 1 });
    await expect(
      sqsCommands({ client, queueUrl: `${aws.sdk.endpoint}/1/q` }).send(ensure(1)),
    ).rejects.toThrow('gone');
  });
});

function oddly(partition: string): Command {
  return { kind: 'flush-partition', flushId: 'f', route: 'r', partition };
}

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return null;
}
