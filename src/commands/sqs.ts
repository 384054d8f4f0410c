import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
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
}

/**
 * The commands queue in SQS: handed over at least once, in any order, and again until its handling succeeds or the
 * queue's dead-letter queue takes it. Rejects with what the SDK throws; sending again is safe.
 */
export function sqsCommands({ client, queueUrl }: { client: SQSClient; queueUrl: string }): SqsCommands {
  async function send(command: Command, delaySeconds: number): Promise<void> {
    await client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: commandText(command),
        DelaySeconds: delaySeconds,
      }),
    );
  }
  return {
    send: (command) => send(command, 0),
    sendLater: (command, ms) => send(command, Math.min(Math.max(Math.ceil(ms / 1000), 0), DELAY_SECONDS_MAX)),
  };
}
