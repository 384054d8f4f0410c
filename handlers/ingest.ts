import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { AwsHome } from '../src/aws.ts';
import { lambdaHandler } from '../src/lambda.ts';
import { batchResponse, readMessages } from '../src/received/messages.ts';
import { countReceived, noticeIn } from '../src/received/notices.ts';

/**
 * Counts the events of a batch of S3 notices. A message that is no notice fails alone and ends in the dead-letter
 * queue; of the others only those fail whose events are not known to be in the log.
 */
export async function ingest(
  { Records: records }: SQSEvent,
  {
    service,
    routes,
    measures,
    logger,
    time,
  }: Pick<AwsHome, 'service' | 'routes' | 'measures' | 'logger' | 'time'>,
): Promise<SQSBatchResponse> {
  const { messages, invalid } = readMessages(records, noticeIn);
  for (const { id, error } of invalid) logger.warn('A message is no notice of S3', { messageId: id, error });
  measures.count('InvalidMessages', invalid.length);
  const uncounted = await countReceived(messages, service, routes.router, time);
  for (const { ids, error } of uncounted) {
    logger.error('Events could not be counted now and come again', { events: ids.length, error });
  }
  return batchResponse([...invalid.map(({ id }) => id), ...uncounted.flatMap(({ ids }) => ids)]);
}

export const handler = lambdaHandler(ingest);
