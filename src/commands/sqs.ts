import {
  ChangeMessageVisibilityCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Command, Commands } from './commands.ts';
import { commandText } from './message.ts';

/** SQS holds a message back for at most 15 minutes (SQS quotas, messages). */
export const DELAY_SECONDS_MAX = 900;

/** The commands queue, also for commands whose time has not come. */
export interface SqsCommands extends Commands {
  /**
   * Sends a command that is handed over when this much time has passed: not before, and at most a second later than
   * SQS itself makes it.
   * @param ms cut to 0 and to {@link DELAY_SECONDS_MAX} seconds; whoever asks for more gets the command early
   */
  sendLater(command: Command, ms: number): Promise<void>;
  /**
   * Has a received command, whose handling failed, handed over again after this many seconds instead of when the queue
   * would by itself.
   */
  comeAgain(receipt: string, seconds: number): Promise<void>;
}

/** The queue took a request, but not this command in it. Sending it again is safe. */
export class CommandNotSentError extends Error {
  override readonly name = 'CommandNotSentError';
  /** SQS's word for it, such as InternalError. */
  readonly code: string;

  constructor(queueUrl: string, code: string, detail: string) {
    super(
      `The queue ${queueUrl} did not take a command: ${code} (${detail}). It is sent again; if this persists, see ` +
        'what the queue and its policy allow.',
    );
    this.code = code;
  }
}

/** What one request may carry (SendMessageBatch, API reference): 10 messages; of the 1 MiB this takes a part. */
const MESSAGES_MAX = 10;
const BYTES_MAX = 256 * 1024;

interface Waiting {
  body: string;
  delaySeconds: number;
  resolve(): void;
  reject(reason: unknown): void;
}

/**
 * The commands queue in SQS: handed over at least once, in any order, and again until its handling succeeds or the
 * queue's dead-letter queue takes it. Commands that are sent at the same time share requests. Rejects with
 * {@link CommandNotSentError} or what the SDK throws; sending again is safe.
 */
export function sqsCommands({ client, queueUrl }: { client: SQSClient; queueUrl: string }): SqsCommands {
  let waiting: Waiting[] = [];

  function send(command: Command, delaySeconds: number): Promise<void> {
    return new Promise((resolve, reject) => {
      waiting.push({ body: commandText(command), delaySeconds, resolve, reject });
      if (waiting.length === 1) setImmediate(sendWaiting);
    });
  }

  function sendWaiting(): void {
    const all = waiting;
    waiting = [];
    for (const batch of requestsOf(all)) void sendBatch(batch);
  }

  async function sendBatch(batch: Waiting[]): Promise<void> {
    try {
      const Entries = batch.map(
        ({ body, delaySeconds }, index): SendMessageBatchRequestEntry => ({
          Id: String(index),
          MessageBody: body,
          DelaySeconds: delaySeconds,
        }),
      );
      const { Failed: failed = [] } = await client.send(
        new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }),
      );
      for (const { Id, Code = 'unknown', Message = 'no message' } of failed) {
        batch[Number(Id)]?.reject(new CommandNotSentError(queueUrl, Code, Message));
      }
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  return {
    send: (command) => send(command, 0),
    sendLater: (command, ms) => send(command, Math.min(Math.max(Math.ceil(ms / 1000), 0), DELAY_SECONDS_MAX)),
    async comeAgain(receipt, seconds) {
      await client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: queueUrl,
          ReceiptHandle: receipt,
          VisibilityTimeout: seconds,
        }),
      );
    },
  };
}

function requestsOf(all: readonly Waiting[]): Waiting[][] {
  const requests: Waiting[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const each of all) {
    const size = Buffer.byteLength(each.body);
    const last = requests.at(-1);
    if (last === undefined || last.length === MESSAGES_MAX || bytes + size > BYTES_MAX) {
      requests.push([each]);
      bytes = size;
    } else {
      last.push(each);
      bytes += size;
    }
  }
  return requests;
}
