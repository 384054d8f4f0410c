import { type BigIntStats, constants } from 'node:fs';
import { copyFile, lstat, open, rm, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { contentOf } from './folder-content.ts';
import { codeOf, guarded, isMissing, ObjectStoreError } from './folder-errors.ts';
import { bucketPath, INTERNAL_BUCKET, keyFault, objectPath, SCRATCH_FOLDER } from './folder-path.ts';
import { isReal, placeFile } from './folder-place.ts';
import { type FolderObjectsOptions, rootFolder } from './folder-root.ts';
import { stampOf } from './folder-stamp.ts';
import { walkFolder } from './folder-walk.ts';
import { type ObjectAddress, type ObjectHead, ObjectNotFoundError, type Objects } from './objects.ts';

/**
 * Objects as files: `<root>/<bucket>/<key>`, keys verbatim. Besides the buckets it holds the home's own objects in
 * bucket `.spillway`.
 *
 * - A write is a temporary file, synced, then renamed: complete or not there, also after a power cut. (The rename itself
 *   may be lost by a power cut, never by a kill.)
 * - An object is a regular file that is reached without a symbolic link: links are neither read, listed nor written
 *   through. Versions are not kept, so `versionId` is ignored.
 * - Refused with an ObjectKeyError: keys that would leave the bucket (`..`, `.`, a leading `/`), that no file can have
 *   (`//`, a trailing `/`, NUL, lone surrogates, a name over 255 bytes), that are longer than S3's 1,024 bytes, or whose
 *   place a file or folder has already (`a` beside `a/b`; S3 would take both).
 * - `lastModified` is the modification time, or 0 where that cannot be believed; see {@link stampOf}.
 *
 * All functions throw ObjectStoreError when the file system refuses (ENOSPC, EACCES …).
 */
export function folderObjects(options: FolderObjectsOptions): Objects {
  const folder = rootFolder(options);

  const statOf = async (at: ObjectAddress): Promise<BigIntStats | null> => {
    const path = objectPath(await folder.root(), at);
    return await guarded('look at', path, async () => {
      if (!(await isReal(dirname(path)))) return null;
      const stats = await lstat(path, { bigint: true }).catch(nullIfMissing);
      return stats?.isFile() ? stats : null;
    });
  };

  const store = async (at: ObjectAddress, fill: (temporary: string) => Promise<void>) => {
    const root = await folder.root();
    const path = objectPath(root, at);
    await guarded('write', path, async () => {
      const temporary = await folder.temporary();
      try {
        await fill(temporary);
        await placeFile(temporary, root, path, at);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    });
  };

  return {
    async head(at) {
      const stats = await statOf(at);
      return stats && headOf(stats);
    },

    async read(at, bytesMax = Number.POSITIVE_INFINITY) {
      const path = objectPath(await folder.root(), at);
      const content = await guarded('read', path, () => contentOf(path, at, bytesMax));
      if (content === null) throw new ObjectNotFoundError(at);
      return content;
    },

    write: (at, content) => store(at, (temporary) => writeSynced(temporary, content)),

    async toFile(at) {
      if ((await statOf(at)) === null) throw new ObjectNotFoundError(at);
      return objectPath(await folder.root(), at);
    },

    async fromFile(at, file) {
      const root = await folder.root();
      const path = objectPath(root, at);
      const moved = await guarded('write', path, () => moveSynced(file, root, path, at));
      if (moved) return;
      await store(at, async (temporary) => {
        await copyFile(file, temporary, constants.COPYFILE_EXCL);
        await syncFile(temporary);
      });
      await guarded('remove', file, () => unlink(file));
    },

    async *list(bucket, prefix) {
      const path = bucketPath(await folder.root(), bucket);
      if (!(await guarded('list', path, () => isReal(path)))) return;
      const wanted = (key: string) => isListed(bucket, key, prefix);
      const failed = (place: string, error: unknown) => {
        throw new ObjectStoreError('list', place, error);
      };
      for await (const key of walkFolder(path, { wanted, failed })) {
        const stats = await statOf({ bucket, key });
        if (stats !== null) yield { bucket, key, ...headOf(stats) };
      }
    },

    async remove(at) {
      const stats = await statOf(at);
      const path = objectPath(await folder.root(), at);
      if (stats !== null) await guarded('remove', path, () => rm(path, { force: true }));
    },
  };
}

function headOf(stats: BigIntStats): ObjectHead {
  const { size, bornAfter, etag } = stampOf(stats);
  return { size, lastModified: bornAfter, etag };
}

function nullIfMissing(error: unknown): null {
  if (isMissing(error)) return null;
  throw error;
}

/** A folder's key ends in `/`. */
function isListed(bucket: string, key: string, prefix: string): boolean {
  if (bucket === INTERNAL_BUCKET && key.startsWith(`${SCRATCH_FOLDER}/`)) return false;
  if (key.endsWith('/')) return key.startsWith(prefix) || prefix.startsWith(key);
  return key.startsWith(prefix) && keyFault(key) === null;
}

async function writeSynced(path: string, content: Uint8Array | string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** False when the file lies on another file system and has to be copied. */
async function moveSynced(file: string, root: string, path: string, at: ObjectAddress): Promise<boolean> {
  if (!(await lstat(file)).isFile()) throw new Error(`${file} is not a regular file`);
  await syncFile(file);
  try {
    await placeFile(file, root, path, at);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EXDEV') return false;
    throw error;
  }
}
