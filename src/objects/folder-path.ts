import { join } from 'node:path';
import { type ObjectAddress, ObjectKeyError } from './objects.ts';

/** The home's own bucket inside the root; its objects are never events. */
export const INTERNAL_BUCKET = '.spillway';

/** Folder of the internal bucket for files being written; no object lies there. */
export const SCRATCH_FOLDER = 'tmp';

/** S3's limit for a key, in bytes of UTF-8 (S3 user guide, object key names). */
export const KEY_BYTES_MAX = 1_024;

/** Limit of Linux, macOS and Windows file systems for one name, in bytes of UTF-8. */
const NAME_BYTES_MAX = 255;

/**
 * Where an object lies: `<root>/<bucket>/<key>`.
 * @throws ObjectKeyError for a key or bucket that a folder cannot hold, or that would lead out of it.
 */
export function objectPath(root: string, at: ObjectAddress): string {
  const why = bucketFault(at.bucket) ?? keyFault(at.key) ?? internalFault(at);
  if (why !== null) throw new ObjectKeyError(at, why);
  return join(root, at.bucket, at.key);
}

/** Folder of a bucket. @throws ObjectKeyError for a name that a folder cannot have. */
export function bucketPath(root: string, bucket: string): string {
  const why = bucketFault(bucket);
  if (why !== null) throw new ObjectKeyError({ bucket, key: '' }, why);
  return join(root, bucket);
}

/** Why a folder cannot hold this key, or null. */
export function keyFault(key: string): string | null {
  if (key === '') return 'a key has at least one character';
  if (!key.isWellFormed()) return 'it is not valid Unicode (a lone surrogate)';
  if (Buffer.byteLength(key) > KEY_BYTES_MAX) return `S3 keys have at most ${KEY_BYTES_MAX} bytes of UTF-8`;
  if (key.includes('\0')) return 'file names cannot hold the NUL character';
  if (key.startsWith('/')) return 'a file name cannot be empty, and this begins with "/"';
  if (key.endsWith('/')) return 'it ends in "/" and would be a folder, not a file';
  for (const name of key.split('/')) {
    if (name === '') return 'it has "//", and a file name cannot be empty';
    if (name === '.' || name === '..') return `"${name}" between slashes means another folder`;
    if (Buffer.byteLength(name) > NAME_BYTES_MAX) {
      return `a name between slashes has more than ${NAME_BYTES_MAX} bytes, the file system's limit`;
    }
  }
  return null;
}

function bucketFault(bucket: string): string | null {
  if (bucket === INTERNAL_BUCKET) return null;
  if (bucket === '') return 'the bucket has no name';
  if (/[/\\\0]/.test(bucket)) return 'the name of a bucket here is one folder and holds no separator';
  if (bucket.startsWith('.')) return 'a folder that begins with "." is no bucket';
  if (!bucket.isWellFormed()) return 'the name of the bucket is not valid Unicode';
  if (Buffer.byteLength(bucket) > NAME_BYTES_MAX) return 'the name of the bucket is too long for a folder';
  return null;
}

function internalFault({ bucket, key }: ObjectAddress): string | null {
  const scratch =
    bucket === INTERNAL_BUCKET && (key === SCRATCH_FOLDER || key.startsWith(`${SCRATCH_FOLDER}/`));
  return scratch ? `"${SCRATCH_FOLDER}" holds files that are being written` : null;
}
