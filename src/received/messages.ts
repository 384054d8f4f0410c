import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';

/** One message of an SQS batch, read. */
export interface Received<Content> {
  id: string;
  content: Content;
}

/** Messages of a batch that can be read, and the ids of those that cannot. */
export interface ReceivedBatch<Content> {
  messages: Received<Content>[];
  /** They fail alone, and go to the dead-letter queue when they have failed often enough. */
  invalid: { id: string; error: Error }[];
}

/** Reads each message of a batch by itself. */
export function readMessages<Content>(
  records: readonly SQSRecord[],
  read: (record: SQSRecord) => Content,
): ReceivedBatch<Content> {
  const batch: ReceivedBatch<Content> = { messages: [], invalid: [] };
  for (const record of records) {
    try {
      batch.messages.push({ id: record.messageId, content: read(record) });
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(String(error));
      batch.invalid.push({ id: record.messageId, error: reason });
    }
  }
  return batch;
}

/** The answer by which SQS deletes all messages of the batch but these. */
export function batchResponse(failed: readonly string[]): SQSBatchResponse {
  return { batchItemFailures: [...new Set(failed)].map((itemIdentifier) => ({ itemIdentifier })) };
}
