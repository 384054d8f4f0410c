import { describe, expect, test } from 'vitest';
import { BucketUnusableError, checkBuckets } from '../../infra/existing-buckets.ts';

const here = { account: '111122223333', region: 'eu-central-1' };

interface Asked {
  input: { Bucket: string; ExpectedBucketOwner?: string };
}

/** S3 as it answers HeadBucket, for buckets that only another account or region could have. */
function s3(answer: (asked: Asked['input']) => { BucketRegion?: string } | number) {
  return {
    send: async ({ input }: Asked) => {
      const given = answer(input);
      if (typeof given !== 'number') return given;
      throw Object.assign(new Error('UnknownError'), { $metadata: { httpStatusCode: given } });
    },
  } as never;
}

describe('a bucket that is there already', () => {
  test('is used where the stack hears of its objects', async () => {
    const answers = s3(() => ({ BucketRegion: 'eu-central-1' }));
    await expect(checkBuckets(answers, ['mine'], here)).resolves.toBeUndefined();
  });

  test('is left to others where the caller may not look', async () => {
    await expect(
      checkBuckets(
        s3(() => 403),
        ['mine'],
        here,
      ),
    ).resolves.toBeUndefined();
  });

  test.each([
    ['is not there', s3(() => 404), /bucket mine, .* it does not exist/],
    [
      'is in another region',
      s3(() => ({ BucketRegion: 'us-east-1' })),
      /it is in us-east-1, and the stack is for eu-central-1/,
    ],
    [
      'belongs to somebody else',
      s3(({ ExpectedBucketOwner: owner }) => (owner ? 403 : { BucketRegion: 'eu-central-1' })),
      /belongs to another account than 111122223333/,
    ],
  ])('is refused when it %s', async (_what, answers, message) => {
    const checking = checkBuckets(answers, ['mine'], here);
    await expect(checking).rejects.toThrow(BucketUnusableError);
    await expect(checking).rejects.toThrow(message);
  });

  test('that cannot be asked after stops the deployment as it is', async () => {
    await expect(
      checkBuckets(
        s3(() => 500),
        ['mine'],
        here,
      ),
    ).rejects.toThrow('UnknownError');
  });
});
