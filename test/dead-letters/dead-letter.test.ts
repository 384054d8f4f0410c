import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/commands/commands.ts';
import { commandText } from '../../src/commands/message.ts';
import { type ReceivedMessage, readDeadLetter } from '../../src/dead-letters/dead-letter.ts';

const message = (body: unknown, attributes: Record<string, string> = {}): ReceivedMessage => ({
  id: 'm-1',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  sentAt: 0,
  receives: 6,
  attributes,
});

const FLUSH = {
  kind: 'flush',
  flushId: 'sales/0/<aws.scheduler.scheduled-time>',
  reason: 'schedule',
  who: 'schedule sales/0',
  scope: { route: 'sales' },
  minEvents: 1,
};
const SCHEDULE = { SCHEDULE_ARN: 'arn:aws:scheduler:eu-central-1:1:schedule/g/s' };
const sent = (text: string) => ({ do: 'send', text });

describe('a dead letter of a schedule', () => {
  test('holds the request that the schedule made, with the message inside', () => {
    const command = JSON.stringify({ ...FLUSH, flushId: 'sales/0/x' });
    const body = { MessageBody: command, QueueUrl: 'https://sqs.eu-central-1.amazonaws.com/1/commands' };
    expect(readDeadLetter('commands', message(body, SCHEDULE))).toMatchObject({
      from: 'schedule',
      remedy: sent(command),
    });
  });

  test('may hold the message as it is', () => {
    const command = JSON.stringify({ ...FLUSH, flushId: 'sales/0/x' });
    expect(readDeadLetter('commands', message(command, SCHEDULE)).remedy).toEqual(sent(command));
  });

  test('gets its time where the schedule had not put it in', () => {
    const attributes = { ...SCHEDULE, SCHEDULED_TIME: '2026-11-02T08:00:00Z' };
    const { remedy, what } = readDeadLetter('commands', message(FLUSH, attributes));
    expect(what).toBe('flush sales/0/2026-11-02T08:00:00Z of sales');
    expect(remedy).toMatchObject(sent(JSON.stringify({ ...FLUSH, flushId: 'sales/0/2026-11-02T08:00:00Z' })));
  });

  test('is kept where nobody knows its time: every such flush would have one id', () => {
    expect(readDeadLetter('commands', message(FLUSH, SCHEDULE))).toMatchObject({
      remedy: { do: 'keep' },
      why: expect.stringContaining('when it was due'),
    });
  });

  test('is kept where it was cut off', () => {
    const attributes = { ...SCHEDULE, IS_PAYLOAD_TRUNCATED: 'true' };
    expect(readDeadLetter('commands', message({ ...FLUSH, flushId: 'x' }, attributes)).remedy).toEqual({
      do: 'keep',
    });
  });
});

describe('a call that failed for good', () => {
  const status = {
    version: '0',
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    detail: { name: 'sales-1-2-3', status: 'FAILED' },
  };
  const record = (requestPayload: unknown, rest: object) => ({
    version: '1.0',
    timestamp: '2026-11-14T18:16:05.568Z',
    requestContext: {
      requestId: 'e4b46cbf-b738-4f1c-8880-a18cdf61200e',
      functionArn: 'arn:aws:lambda:eu-central-1:111122223333:function:spillway-prod-status:$LATEST',
      condition: 'RetriesExhausted',
      approximateInvokeCount: 3,
    },
    requestPayload,
    ...rest,
  });

  test('says what the function got, and what it died of', () => {
    const failed = record(status, {
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorType: 'TableUnavailableError', errorMessage: 'It does not answer', trace: [] },
    });
    expect(readDeadLetter('status', message(failed))).toMatchObject({
      from: 'function',
      what: 'status of execution sales-1-2-3',
      why: 'TableUnavailableError: It does not answer (RetriesExhausted after 3 calls)',
      remedy: { do: 'forget' },
    });
  });

  test('says that it never ran, where it was too old by then', () => {
    const late = record({}, {});
    const body = { ...late, requestContext: { ...late.requestContext, condition: 'EventAgeExceeded' } };
    expect(readDeadLetter('status', message(body))).toMatchObject({
      what: 'a call of reconcile',
      why: 'EventAgeExceeded: spillway-prod-status did not run; it may have been throttled',
      remedy: { do: 'forget' },
    });
  });
});

describe('a dead letter of a queue', () => {
  const commands: { command: Command; what: string }[] = [
    {
      command: { kind: 'deadline', route: 'sales', partition: '', epoch: 'e', windowSeq: 3, at: 5 },
      what: 'deadline of window 3 of sales',
    },
    {
      command: { kind: 'ensure', route: 'partners', partition: 'a/<b>', from: 1, to: 2 },
      what: 'effects of records 1 to 2 of partners/a/<b>',
    },
    {
      command: { kind: 'flush-partition', flushId: 'f', route: 'partners', partition: 'acme' },
      what: 'flush f of partners/acme',
    },
    {
      command: { kind: 'flush', flushId: 'f', reason: 'manual', who: 'w', scope: {}, minEvents: 1 },
      what: 'flush f of every route',
    },
  ];
  test.each(commands)('goes back to the letter: $what', ({ command, what }) => {
    const body = commandText(command);
    expect(readDeadLetter('commands', message(body))).toMatchObject({
      from: 'function',
      what,
      remedy: sent(body),
    });
  });

  test.each([
    { queue: 'ingest' as const, body: '' },
    { queue: 'ingest' as const, body: '{"Records":[]}' },
    { queue: 'ingest' as const, body: '{"Service":"Amazon S3","Event":"s3:TestEvent"}' },
    { queue: 'commands' as const, body: '{"kind":"reboot"}' },
    { queue: 'commands' as const, body: 'null' },
  ])('is kept where sending it back would only bring it here again: $body', ({ queue, body }) => {
    const letter = readDeadLetter(queue, message(body));
    expect(letter.remedy).toEqual({ do: 'keep' });
    expect(letter.why).toMatch(/Cannot read/);
  });

  test('is forgotten where it is a status, wherever it came to lie', () => {
    const status = { source: 'aws.states', detail: { name: 'b-1' } };
    for (const queue of ['ingest', 'commands', 'status'] as const) {
      expect(readDeadLetter(queue, message(status)).remedy.do).toBe('forget');
    }
    expect(readDeadLetter('status', message({})).what).toBe('a call of reconcile');
  });

  test('is understood or kept, whatever it says', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), fc.constantFrom({}, SCHEDULE), (body, attributes) => {
        for (const queue of ['ingest', 'commands'] as const) {
          expect(readDeadLetter(queue, message(body, attributes)).remedy).toEqual({ do: 'keep' });
        }
      }),
    );
  });
});
