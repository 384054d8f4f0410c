import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { AwsHome } from '../src/aws.ts';
import { commandMessage } from '../src/commands/message.ts';
import { inTime } from '../src/invocation-time.ts';
import { lambdaHandler } from '../src/lambda.ts';
import { batchResponse, readMessages } from '../src/received/messages.ts';
import { inParallel } from '../src/service/parallel.ts';

/** Commands of one batch that are carried out side by side. */
const AT_ONCE = 8;

/** Carries out commands: deadlines, flushes, effects to be done again. Each fails alone, and comes again. */
export async function command(
  { Records: records }: SQSEvent,
  { service, measures, logger, time }: Pick<AwsHome, 'service' | 'measures' | 'logger' | 'time'>,
): Promise<SQSBatchResponse> {
  const { messages, invalid } = readMessages(records, ({ body }) => commandMessage(body));
  for (const { id, error } of invalid) logger.warn('A message is no command', { messageId: id, error });
  measures.count('InvalidMessages', invalid.length);
  const failed = invalid.map(({ id }) => id);
  await inParallel(messages, AT_ONCE, async ({ id, content }) => {
    try {
      await inTime(time, () => service.handle(content));
    } catch (error) {
      failed.push(id);
      logger.error('A command failed and comes again', { messageId: id, command: content.kind, error });
    }
  });
  return batchResponse(failed);
}

export const handler = lambdaHandler(command);
