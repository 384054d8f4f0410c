import { HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';

/** An existing bucket that routes.yml names cannot be used. Nothing has been changed. */
export class BucketUnusableError extends Error {
  override readonly name = 'BucketUnusableError';
  readonly bucket: string;

  constructor(bucket: string, problem: string) {
    super(
      `routes.yml names the bucket ${bucket}, which this stack cannot use: ${problem}. Nothing was deployed.`,
    );
    this.bucket = bucket;
  }
}

/** S3 tells EventBridge of objects in the bucket's own account and region only (S3 user guide, EventBridge). */
interface Where {
  account: string;
  region: string;
}

/**
 * Whether buckets are there, where the stack's rules hear of them. What the caller may not look at is left to others.
 * @param client one that follows a bucket to its region
 * @throws BucketUnusableError
 */
export async function checkBuckets(
  client: Pick<S3Client, 'send'>,
  buckets: readonly string[],
  { account, region }: Where,
): Promise<void> {
  for (const bucket of buckets) {
    const found = await look(client, { Bucket: bucket });
    if (found === 'missing') throw new BucketUnusableError(bucket, 'it does not exist');
    if (found === 'refused') continue;
    if (found.BucketRegion !== undefined && found.BucketRegion !== region) {
      const problem = `it is in ${found.BucketRegion}, and the stack is for ${region}, where nothing is heard of it`;
      throw new BucketUnusableError(bucket, problem);
    }
    if ((await look(client, { Bucket: bucket, ExpectedBucketOwner: account })) === 'refused') {
      const problem = `it belongs to another account than ${account}, which is told of its objects instead`;
      throw new BucketUnusableError(bucket, problem);
    }
  }
}

/** HeadBucket answers without a body: its errors are told apart by their status alone. */
async function look(
  client: Pick<S3Client, 'send'>,
  wanted: { Bucket: string; ExpectedBucketOwner?: string },
): Promise<{ BucketRegion?: string | undefined } | 'missing' | 'refused'> {
  try {
    return await client.send(new HeadBucketCommand(wanted));
  } catch (error) {
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (status === 404) return 'missing';
    if (status === 403 || status === 400) return 'refused';
    throw error;
  }
}
