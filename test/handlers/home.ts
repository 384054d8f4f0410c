import { Logger } from '@aws-lambda-powertools/logger';
import type { SQSRecord } from 'aws-lambda';
import { invocationTime } from '../../src/invocation-time.ts';
import { measures } from '../../src/metrics.ts';

/** A logger and measures that write nothing; what was counted can be asked for. The time has no end until it begins. */
export function quietHome() {
  const logger = new Logger({ logLevel: 'SILENT', serviceName: 'test' });
  const counted = new Map<string, number>();
  const addMetric = (name: string, _unit: unknown, amount: number) => {
    counted.set(name, (counted.get(name) ?? 0) + amount);
  };
  const metrics = { addMetric, publishStoredMetrics() {} };
  const time = invocationTime();
  return { logger, measures: measures({ metrics, logger, logKeys: false }), counted, time };
}

/** A message as Lambda hands it over. */
export function sqsRecord(
  body: string,
  more: { id?: string; sentAt?: number | string; receives?: number } = {},
): SQSRecord {
  const { id = `message-${Math.random().toString(36).slice(2)}`, sentAt = Date.now(), receives = 1 } = more;
  return {
    messageId: id,
    receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a…',
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(sentAt),
      SenderId: 'AIDAIENQZJOLO23YVJ4VO',
      ApproximateFirstReceiveTimestamp: String(sentAt),
    },
    messageAttributes: {},
    md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-central-1:111122223333:spillway-prod-ingest',
    awsRegion: 'eu-central-1',
  };
}
