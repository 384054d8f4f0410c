import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { awsError } from '../stage/errors.ts';
import { outputOf, type Stage } from '../stage/stage.ts';
import { type DeadLetter, type QueueName, type ReceivedMessage, readDeadLetter } from './dead-letter.ts';

/** The dead letters of one queue. Everything here throws what AWS refuses, in our words. */
export interface DeadLetters {
  readonly queue: QueueName;
  /** How many there are, about (SQS counts approximately). */
  count(): Promise<number>;
  /**
   * Hands over up to `limit` letters, each once, in any order. SQS cannot show a message without hiding it from
   * others: all are put back when the walk ends, unless `remove`d.
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

/** SQS hands over 10 messages at most (ReceiveMessage, API reference). */
const RECEIVED_MAX = 10;
/** Long enough to deal with ten letters, short enough that a walk which was cut off hides nothing for long (s). */
const HIDDEN_S = 60;
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

  async function receive(): Promise<Message[]> {
    const request = new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: RECEIVED_MAX,
      VisibilityTimeout: HIDDEN_S,
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

  return {
    queue,
    count: async () => {
      const request = new GetQueueAttributesCommand({
        QueueUrl: url,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      });
      const { Attributes = {} } = await ask('counting', client.send(request));
      const { ApproximateNumberOfMessages: seen, ApproximateNumberOfMessagesNotVisible: hidden } = Attributes;
      return Number(seen ?? 0) + Number(hidden ?? 0);
    },
    walk: async function* (limit) {
      const seen = new Set<string>();
      const receipts = new Map<string, string>();
      try {
        while (seen.size < limit) {
          const messages = await receive();
          for (const { MessageId: id = '', ReceiptHandle: receipt = '' } of messages)
            receipts.set(id, receipt);
          const fresh = messages.filter(({ MessageId: id = '' }) => !seen.has(id));
          // Nothing, or nothing new: a long walk sees its first letters again when they show themselves.
          if (fresh.length === 0) return;
          const wanted = fresh.slice(0, limit - seen.size);
          for (const { MessageId: id = '' } of wanted) seen.add(id);
          yield wanted.map((message) => held(message, receipts));
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
  for (let start = 0; start < receipts.length; start += RECEIVED_MAX) {
    const entries = receipts
      .slice(start, start + RECEIVED_MAX)
      .map((receipt, index) => ({ Id: String(index), ReceiptHandle: receipt, VisibilityTimeout: 0 }));
    const request = new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries: entries });
    await client.send(request).catch(() => {});
  }
}
