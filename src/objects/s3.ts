import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import {
  type ObjectAddress,
  type ObjectHead,
  ObjectKeyError,
  ObjectNotFoundError,
  type Objects,
  ObjectTooLargeError,
} from './objects.ts';
import { uploadFile } from './s3-upload.ts';

/** S3 user guide, object keys: at most 1,024 bytes of UTF-8. */
const KEY_BYTES_MAX = 1024;

/**
 * Objects in S3. Writes are atomic as S3's are: a reader sees one write or another, never a mixture.
 *
 * Rejects with {@link ObjectNotFoundError}, {@link ObjectKeyError} or what the SDK throws. Without the permission
 * `s3:ListBucket` S3 says "access denied" of an object that is not there.
 */
export function s3Objects({ client }: { client: S3Client }): Objects {
  async function head(at: ObjectAddress): Promise<ObjectHead | null> {
    if (keyFault(at.key) !== null) return null;
    try {
      const found = await client.send(new HeadObjectCommand(addressed(at)));
      return headOf(found.ContentLength, found.LastModified, found.ETag);
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async function get(at: ObjectAddress) {
    if (keyFault(at.key) !== null) throw new ObjectNotFoundError(at);
    try {
      const { Body: body, ContentLength: size } = await client.send(new GetObjectCommand(addressed(at)));
      if (body === undefined) throw new ObjectNotFoundError(at);
      return { body, size };
    } catch (error) {
      throw isMissing(error) ? new ObjectNotFoundError(at, error) : error;
    }
  }

  return {
    head,

    async read(at, bytesMax = Number.POSITIVE_INFINITY) {
      const { body, size = 0 } = await get(at);
      if (size <= bytesMax) return body.transformToByteArray();
      // What is left unread would keep the connection busy.
      if (body instanceof Readable) body.destroy();
      throw new ObjectTooLargeError(at, size, bytesMax);
    },

    async write(at, content) {
      refuseOddKey(at);
      const body = typeof content === 'string' ? Buffer.from(content) : content;
      await client.send(new PutObjectCommand({ Bucket: at.bucket, Key: at.key, Body: body }));
    },

    async toFile(at, folder) {
      const { body } = await get(at);
      const file = join(folder, fileName(at));
      if (!(body instanceof Readable))
        throw new TypeError('S3 answered with something else than a Node stream.');
      await pipeline(body, createWriteStream(file));
      return file;
    },

    async fromFile(at, file) {
      refuseOddKey(at);
      await uploadFile(client, at, file);
      await rm(file, { force: true });
    },

    list: (bucket, prefix) => list(client, bucket, prefix),

    async remove(at) {
      if (keyFault(at.key) === null) await client.send(new DeleteObjectCommand(addressed(at)));
    },
  };
}

/** S3 lists keys in UTF-8 byte order. They come URL-encoded: XML cannot express all that a key can hold. */
async function* list(
  client: S3Client,
  bucket: string,
  prefix: string,
): AsyncGenerator<ObjectHead & ObjectAddress> {
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        EncodingType: 'url',
        ContinuationToken: token,
      }),
    );
    for (const { Key: key = '', Size: size, LastModified: modified, ETag: etag } of page.Contents ?? []) {
      yield { bucket, key: decodeURIComponent(key.replaceAll('+', ' ')), ...headOf(size, modified, etag) };
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
}

function addressed({ bucket, key, versionId }: ObjectAddress) {
  return { Bucket: bucket, Key: key, ...(versionId !== undefined && { VersionId: versionId }) };
}

function headOf(size = 0, modified: Date | undefined, etag: string | undefined): ObjectHead {
  return {
    size,
    // Whole seconds, as a head has them: some stores tell more in a list.
    lastModified: Math.floor((modified?.getTime() ?? 0) / 1000) * 1000,
    // S3 puts it in quotes in answers, but not in events.
    ...(etag !== undefined && { etag: etag.replaceAll('"', '') }),
  };
}

/** A bucket that is not there is a mistake in the settings, and not a missing object. */
function isMissing(error: unknown): boolean {
  if (!(error instanceof S3ServiceException) || error.name === 'NoSuchBucket') return false;
  return error.$metadata.httpStatusCode === 404;
}

function refuseOddKey(at: ObjectAddress): void {
  const fault = keyFault(at.key);
  if (fault !== null) throw new ObjectKeyError(at, fault);
}

function keyFault(key: string): string | null {
  if (key === '') return 'it is empty';
  if (!key.isWellFormed()) return 'it has half of a surrogate pair';
  const bytes = Buffer.byteLength(key);
  if (bytes > KEY_BYTES_MAX) return `it has ${bytes} bytes, and S3 takes at most ${KEY_BYTES_MAX}`;
  return climbsOut(key) ? 'its ".." lead out of the bucket, which S3 refuses' : null;
}

/** S3 user guide, object keys: read from the left, there may never be more ".." than other segments. */
function climbsOut(key: string): boolean {
  let depth = 0;
  for (const segment of key.split('/')) {
    if (segment === '..') depth -= 1;
    else if (segment !== '' && segment !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}

/** A key may hold what a file's name may not. */
function fileName({ bucket, key, versionId }: ObjectAddress): string {
  const digest = createHash('sha256').update(JSON.stringify([bucket, key, versionId ?? '']));
  return digest.digest('hex').slice(0, 32);
}
