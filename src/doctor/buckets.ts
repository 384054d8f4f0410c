import { GetBucketNotificationConfigurationCommand, type S3Client } from '@aws-sdk/client-s3';
import { type Check, failed, look, ok } from './check.ts';

/** Every bucket that a route reads from tells EventBridge of its objects; without that no event ever comes. */
export async function bucketChecks(buckets: readonly string[], client: S3Client): Promise<Check[]> {
  const found = await Promise.all(
    buckets.map((bucket) =>
      look('bucket', bucket, 's3:GetBucketNotification', () => bucketCheck(bucket, client)),
    ),
  );
  return found.flat();
}

async function bucketCheck(bucket: string, client: S3Client): Promise<Check> {
  const { $metadata: _metadata, ...configuration } = await client.send(
    new GetBucketNotificationConfigurationCommand({ Bucket: bucket }),
  );
  if (configuration.EventBridgeConfiguration !== undefined) {
    return ok('bucket', bucket, 'It tells EventBridge of its objects.');
  }
  // The call replaces the whole configuration: what is there already has to be said again.
  const wanted = JSON.stringify({ ...configuration, EventBridgeConfiguration: {} });
  return failed(
    'bucket',
    bucket,
    'It does not tell EventBridge of its objects, so no file in it is ever counted.',
    `aws s3api put-bucket-notification-configuration --bucket ${bucket} --notification-configuration '${wanted}' ` +
      '(takes about five minutes; files put before are not told of).',
  );
}
