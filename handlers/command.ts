import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { AwsHome } from '../src/aws.ts';
import { commandMessage } from '../src/commands/message.ts';
import { inTime } from '../src/invocation-time.ts';
import { lambdaHandler } from '../src/lambda.ts';
import { batchResponse, readMessages } from '../src/received/messages.ts';
import { inParallel } from '../src/service/parallel.ts';

/** Commands of one batch that are carried out side by side. */
const AT_ONCE = 8;

/**
 * After how many seconds a command comes again that failed once, twice, three times; from then on as late as the queue
 * has it, which is six times the function's timeout. What passes in seconds must not make a deadline minutes late, and
 * what lasts must not fill the dead-letter queue.
 */
const COMES_AGAIN_S = [5, 15, 45];

/** Carries out commands: deadlines, flushes, effects to be done again. Each fails alone, and comes again. */
export async function command(
  { Records: records }: SQSEvent,
  {
    service,
    commands,
    measures,
    logger,
    time,
  }: Pick<AwsHome, 'service' | 'measures' | 'logger' | 'time'> & {
    commands: Pick<AwsHome['commands'], 'comeAgain'>;
  },
): Promise<SQSBatchResponse> {
  const { messages, invalid } = readMessages(records, ({ body, receiptHandle, attributes }) => ({
    command: commandMessage(body),
    receipt: receiptHandle,
    receives: Number(attributes?.ApproximateReceiveCount),
  }));
  for (const { id, error } of invalid) logger.warn('A message is no command', { messageId: id, error });
  measures.count('InvalidMessages', invalid.length);
  const failed = invalid.map(({ id }) => id);
  await inParallel(messages, AT_ONCE, async ({ id, content }) => {
    try {
      await inTime(time, () => service.handle(content.command));
    } catch (error) {
      failed.push(id);
      logger.error('A command failed and comes again', {
        messageId: id,
        command: content.command.kind,
        error,
      });
      const seconds = COMES_AGAIN_S[content.receives - 1];
      // Where even that fails, the queue's own time holds.
      if (seconds !== undefined) await commands.comeAgain(content.receipt, seconds).catch(() => {});
    }
  });
  return batchResponse(failed);
}

export const handler = lambdaHandler(command);
