import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, describe, expect, test } from 'vitest';
import { ObjectKeyError, ObjectNotFoundError, ObjectTooLargeError } from '../../src/objects/objects.ts';
import { s3Objects } from '../../src/objects/s3.ts';
import { uploadFile } from '../../src/objects/s3-upload.ts';
import { keysIn, objectsContract } from '../contracts/objects.ts';
import { answering } from './answering.ts';
import { freshName, onAws, sdk } from './endpoint.ts';

const client = new S3Client(sdk);

onAws('on AWS', () => {
  objectsContract('S3', async () => {
    return { objects: s3Objects({ client }), bucket: await newBucket(), close: async () => {} };
  });

  test('a list of more than one page is whole and in order', async () => {
    const bucket = await newBucket();
    const objects = s3Objects({ client });
    const keys = Array.from({ length: 1_203 }, (_, index) => `k ${String(index).padStart(5, '0')}`);
    for (let from = 0; from < keys.length; from += 50) {
      await Promise.all(keys.slice(from, from + 50).map((key) => objects.write({ bucket, key }, '')));
    }
    expect(await keysIn(objects, bucket, 'k ')).toEqual(keys);
  });

  test('an old version of an object can be had, as an event names it', async () => {
    const bucket = await newBucket();
    const Versioned = { Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' as const } };
    await client.send(new PutBucketVersioningCommand(Versioned));
    const at = { bucket, key: 'a.csv' };
    const { VersionId: versionId = '' } = await client.send(
      new PutObjectCommand({ Bucket: bucket, Key: at.key, Body: 'old' }),
    );
    const objects = s3Objects({ client });
    await objects.write(at, 'newer');
    expect(Buffer.from(await objects.read({ ...at, versionId })).toString()).toBe('old');
    expect(await objects.head({ ...at, versionId })).toMatchObject({ size: 3 });
    expect(Buffer.from(await objects.read(at)).toString()).toBe('newer');
  });

  test('a file that is larger than a part is stored whole', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'spillway-s3-'));
    const bucket = await newBucket();
    const part = 5 * 1024 * 1024;
    const content = randomBytes(2 * part + 17);
    const file = join(folder, 'large');
    await writeFile(file, content);
    await uploadFile(client, { bucket, key: 'large' }, file, part);
    const back = await s3Objects({ client }).toFile({ bucket, key: 'large' }, folder);
    expect(Buffer.compare(await readFile(back), content)).toBe(0);
    const { Uploads: uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    expect(uploads).toEqual([]);
    await rm(folder, { recursive: true });
  });

  test('a bucket that is not there is no missing object', async () => {
    const reading = s3Objects({ client }).read({ bucket: freshName('none'), key: 'k' });
    await expect(reading).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });
});

describe('objects in S3', () => {
  let aws: Awaited<ReturnType<typeof answering>>;
  afterEach(() => aws.close());

  test('say of a refusal what S3 said, and not that the object is missing', async () => {
    const xml = '<Error><Code>AccessDenied</Code><Message>no</Message></Error>';
    aws = await answering(
      { status: 403, body: xml, headers: { 'content-type': 'application/xml' } },
      { status: 403 },
    );
    const objects = s3Objects({ client: new S3Client({ ...aws.sdk, maxAttempts: 1 }) });
    await expect(objects.read({ bucket: 'b', key: 'k' })).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(objects.head({ bucket: 'b', key: 'k' })).rejects.not.toBeInstanceOf(ObjectNotFoundError);
  });

  test('that are larger than their reader wants are left where they are, and block no connection', async () => {
    const content = { status: 200, body: '12345', headers: { 'content-length': '5' } };
    aws = await answering(content, content, content);
    const requestHandler = { httpAgent: { maxSockets: 1, keepAlive: true } };
    const objects = s3Objects({ client: new S3Client({ ...aws.sdk, requestHandler }) });
    const at = { bucket: 'b', key: 'k' };
    for (let time = 0; time < 2; time += 1) {
      await expect(objects.read(at, 4)).rejects.toThrow(ObjectTooLargeError);
    }
    expect(Buffer.from(await objects.read(at, 5)).toString()).toBe('12345');
  });

  test('of an upload that failed nothing stays', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'spillway-s3-'));
    const file = join(folder, 'large');
    await writeFile(file, 'x'.repeat(25));
    const xml = (body: string) => ({ status: 200, body, headers: { 'content-type': 'application/xml' } });
    aws = await answering(
      xml('<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>'),
      { status: 200, headers: { etag: '"1"' }, body: '' },
      { status: 500, body: '' },
      { status: 204, body: '' },
    );
    const failing = new S3Client({ ...aws.sdk, maxAttempts: 1 });
    await expect(uploadFile(failing, { bucket: 'b', key: 'k' }, file, 10)).rejects.toThrow();
    expect(aws.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /b/k?uploads=',
      'PUT /b/k?partNumber=1&uploadId=u1&x-id=UploadPart',
      'PUT /b/k?partNumber=2&uploadId=u1&x-id=UploadPart',
      'DELETE /b/k?uploadId=u1&x-id=AbortMultipartUpload',
    ]);
    await rm(folder, { recursive: true });
  });

  test.each(['../x', 'a/../../x', '..', './..', 'a//../..', `${'x'.repeat(1_025)}`, '', '\ud800'])(
    'refuse a key that S3 refuses (%j), before they ask',
    async (key) => {
      aws = await answering();
      const objects = s3Objects({ client: new S3Client(aws.sdk) });
      await expect(objects.write({ bucket: 'b', key }, '')).rejects.toThrow(ObjectKeyError);
      expect(await objects.head({ bucket: 'b', key })).toBeNull();
      expect(aws.requests).toEqual([]);
    },
  );
});

async function newBucket(): Promise<string> {
  const bucket = freshName('bucket');
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return bucket;
}
