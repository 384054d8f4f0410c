import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { inParallel } from '../service/parallel.ts';
import { awsError } from '../stage/errors.ts';
import { outputOf, type Stage } from '../stage/stage.ts';
import { type DeadLetter, type QueueName, type ReceivedMessage, readDeadLetter } from './dead-letter.ts';
import { freshMessages, LANES, RECEIVED_MAX } from './walk.ts';

/** The dead letters of one queue. Everything here throws what AWS refuses, in our words. */
export interface DeadLetters {
  readonly queue: QueueName;
  /** How many there are, about (SQS counts approximately). */
  count(): Promise<number>;
  /**
   * Hands over up to `limit` letters, each once, in any order. SQS cannot show a message without hiding it from
   * others: all are put back when the walk ends, unless `remove`d. Of a walk that was cut off they show themselves
   * again by and by: after half a minute, of a long queue after some minutes.
   */
  walk(limit: number): AsyncGenerator<HeldLetter[]>;
}

/** A letter while nobody else sees it. */
export interface HeldLetter {
  letter: DeadLetter;
  /** Sends its text back to the queue that it came from, then removes it: in this order, so that nothing is lost. */
  sendBack(text: string): Promise<void>;
  remove(): Promise<void>;
}

/** Long polling asks all of SQS's servers; without it a queue with few messages looks empty (s). */
const WAIT_S = 1;
const OUTPUTS: Record<QueueName, { dead: string; alive?: string }> = {
  ingest: { dead: 'IngestDlqUrl', alive: 'IngestQueueUrl' },
  commands: { dead: 'CommandsDlqUrl', alive: 'CommandsQueueUrl' },
  status: { dead: 'StatusDlqUrl' },
};

/** @throws StageIncompleteError */
export function deadLettersOf(stage: Stage, queue: QueueName): DeadLetters {
  const { dead, alive } = OUTPUTS[queue];
  return openDeadLetters({
    client: new SQSClient({ region: stage.region }),
    queue,
    url: outputOf(stage, dead),
    backTo: alive === undefined ? null : outputOf(stage, alive),
  });
}

/** @param options.backTo URL of the queue that the letters came from; null where they came from none */
export function openDeadLetters(options: {
  client: SQSClient;
  queue: QueueName;
  url: string;
  backTo: string | null;
}): DeadLetters {
  const { client, queue, url, backTo } = options;

  const ask = async <Answer>(act: string, asked: Promise<Answer>): Promise<Answer> => {
    try {
      return await asked;
    } catch (error) {
      throw awsError(`${act} the dead letters of ${queue}`, error);
    }
  };

  async function receive(most: number, hiddenS: number): Promise<Message[]> {
    const request = new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: Math.min(most, RECEIVED_MAX),
      VisibilityTimeout: hiddenS,
      WaitTimeSeconds: WAIT_S,
      MessageSystemAttributeNames: ['SentTimestamp', 'ApproximateReceiveCount'],
      MessageAttributeNames: ['All'],
    });
    return (await ask('reading', client.send(request))).Messages ?? [];
  }

  function held(message: Message, receipts: Map<string, string>): HeldLetter {
    const letter = readDeadLetter(queue, received(message));
    const remove = async () => {
      const receipt = receipts.get(letter.id);
      await ask(
        'deleting from',
        client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: receipt })),
      );
      receipts.delete(letter.id);
    };
    return {
      letter,
      remove,
      sendBack: async (text) => {
        if (backTo === null) throw new NowhereToSendError(letter.id, queue);
        await ask(
          'sending back',
          client.send(new SendMessageCommand({ QueueUrl: backTo, MessageBody: text })),
        );
        await remove();
      },
    };
  }

  async function count(): Promise<number> {
    const request = new GetQueueAttributesCommand({
      QueueUrl: url,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    });
    const { Attributes = {} } = await ask('counting', client.send(request));
    const { ApproximateNumberOfMessages: seen, ApproximateNumberOfMessagesNotVisible: hidden } = Attributes;
    return Number(seen ?? 0) + Number(hidden ?? 0);
  }

  return {
    queue,
    count,
    walk: async function* (limit) {
      const expected = Math.min(limit, await count());
      const receipts = new Map<string, string>();
      try {
        for await (const round of freshMessages(limit, expected, receive)) {
          for (const { MessageId: id = '', ReceiptHandle: receipt = '' } of round.all)
            receipts.set(id, receipt);
          if (round.fresh.length > 0) yield round.fresh.map((message) => held(message, receipts));
        }
      } finally {
        await putBack(client, url, [...receipts.values()]);
      }
    },
  };
}

/** A letter that came from no queue cannot go back to one. */
export class NowhereToSendError extends Error {
  override readonly name = 'NowhereToSendError';

  constructor(id: string, queue: QueueName) {
    super(`Letter ${id} of ${queue} came from no queue, so it cannot be sent back. Remove it instead.`);
  }
}

function received({ MessageId: id = '', Body: body = '', ...message }: Message): ReceivedMessage {
  const { SentTimestamp: sent, ApproximateReceiveCount: receives } = message.Attributes ?? {};
  const attributes = Object.entries(message.MessageAttributes ?? {}).flatMap(
    ([name, { StringValue: value }]) => (value === undefined ? [] : [[name, value] as const]),
  );
  return {
    id,
    body,
    sentAt: Number(sent ?? 0),
    receives: Number(receives ?? 0),
    attributes: Object.fromEntries(attributes),
  };
}

/** A letter that cannot be put back shows itself again after a minute, so a failure here is none. */
async function putBack(client: SQSClient, url: string, receipts: readonly string[]): Promise<void> {
  const starts = Array.from(
    { length: Math.ceil(receipts.length / RECEIVED_MAX) },
    (_, index) => index * RECEIVED_MAX,
  );
  await inParallel(starts, LANES, async (start) => {
    const entries = receipts
      .slice(start, start + RECEIVED_MAX)
      .map((receipt, index) => ({ Id: String(index), ReceiptHandle: receipt, VisibilityTimeout: 0 }));
    const request = new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries: entries });
    await client.send(request).catch(() => {});
  });
}
