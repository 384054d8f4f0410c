import { S3Client } from '@aws-sdk/client-s3';
import { bucketChecks } from '../src/doctor/buckets.ts';
import { checkRemovedRoutes } from '../src/stage/removal.ts';
import type { Home } from './osls.ts';
import { type Stack, sourceBuckets } from './stack.ts';

/**
 * Refuses to remove a route that has open windows. Nothing has been changed by then.
 * @throws RoutesStillOpenError
 */
export async function refuseToRemove(home: Home, stack: Stack): Promise<void> {
  useAccountOf(home);
  await checkRemovedRoutes(
    stack.stage,
    stack.configuration.routes.map(({ name }) => name),
  );
}

/** Says which existing buckets do not tell EventBridge of their objects yet, and what to type. */
export async function checkExistingBuckets(home: Home, stack: Stack): Promise<void> {
  const existing = sourceBuckets(stack).flatMap(({ existing: name }) => (name === undefined ? [] : [name]));
  if (existing.length === 0) return;
  useAccountOf(home);
  const client = new S3Client({});
  try {
    const checks = await bucketChecks(existing, client);
    for (const { subject, sentence, mend = '' } of checks.filter(({ result }) => result !== 'ok')) {
      home.log.warning(`Bucket ${subject}: ${sentence} ${mend}`);
    }
  } finally {
    client.destroy();
  }
}

/** osls takes these from its options or defaults, too; the clients here look where every SDK does. */
function useAccountOf({ serverless, options }: Home): void {
  process.env.AWS_REGION = serverless.getProvider('aws').getRegion();
  const profile = options['aws-profile'];
  if (profile !== undefined) process.env.AWS_PROFILE = profile;
}
