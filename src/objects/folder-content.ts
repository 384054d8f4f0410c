import { closeSync, constants, fstatSync, open, read } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { codeOf, isMissing } from './folder-errors.ts';
import { isReal } from './folder-place.ts';
import { type ObjectAddress, ObjectTooLargeError } from './objects.ts';

/** Not through a symbolic link, and not waiting for the other end of a pipe. */
const OPEN_OBJECT = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Node refuses to read 2 GiB at once. */
const READ_BYTES_MAX = 1024 * 1024 * 1024;

/** Plain numbers: a FileHandle takes longer to make than a small file to read. */
const [openFile, readFile] = [promisify(open), promisify(read)];

/** Looks at folders that are under way. */
const looks = new Map<string, Promise<boolean>>();

/**
 * An object's bytes, or null where no object lies at the path.
 * @throws ObjectTooLargeError when there are more than `bytesMax`
 */
export async function contentOf(
  path: string,
  at: ObjectAddress,
  bytesMax: number,
): Promise<Uint8Array | null> {
  if (!(await isRealForAll(dirname(path)))) return null;
  const file = await openObject(path);
  if (file === null) return null;
  try {
    // Neither this nor closing waits for the disk: of an open file it is in memory, and nothing was written.
    const stats = fstatSync(file);
    if (!stats.isFile()) return null;
    if (stats.size > bytesMax) throw new ObjectTooLargeError(at, stats.size, bytesMax);
    return await firstBytes(file, stats.size);
  } finally {
    closeSync(file);
  }
}

/**
 * As isReal, and one look answers all that ask while it is under way: a batch's files lie in a few folders. A folder
 * that it does not find may have been made since, so that answer is for the first alone.
 */
async function isRealForAll(folder: string): Promise<boolean> {
  const look = looks.get(folder);
  if (look && (await look.catch(() => false))) return true;
  const own = isReal(folder);
  looks.set(folder, own);
  try {
    return await own;
  } finally {
    if (looks.get(folder) === own) looks.delete(folder);
  }
}

/** A symbolic link, or a socket, is no object. */
async function openObject(path: string): Promise<number | null> {
  try {
    return await openFile(path, OPEN_OBJECT);
  } catch (error) {
    if (isMissing(error) || ['ELOOP', 'ENXIO'].includes(codeOf(error))) return null;
    throw error;
  }
}

async function firstBytes(file: number, size: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await readFile(
      file,
      bytes,
      filled,
      Math.min(size - filled, READ_BYTES_MAX),
      filled,
    );
    // Somebody made it shorter.
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
