import { lstat, mkdir, realpath, rename, rmdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { codeOf, isMissing } from './folder-errors.ts';
import { type ObjectAddress, ObjectKeyError } from './objects.ts';

/** Times that putting a file in its place may find that somebody removed the folder in the meantime. */
const ATTEMPTS_MAX = 5;

/**
 * Whether a folder is reached from the real root without a symbolic link. False also where it is missing. Someone who
 * swaps a folder for a link between this and the use of the path is not kept out: Node cannot open relative to a
 * folder handle, and whoever can do that owns the files anyway.
 */
export async function isReal(folder: string): Promise<boolean> {
  try {
    return (await realpath(folder)) === folder;
  } catch (error) {
    if (isMissing(error) || codeOf(error) === 'ELOOP') return false;
    throw error;
  }
}

/**
 * Moves a complete file to an object's place in one step, making folders on the way.
 * @throws ObjectKeyError where a file or a symbolic link is in the way.
 */
export async function placeFile(file: string, root: string, path: string, at: ObjectAddress): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await makeFolder(root, dirname(path), at);
    try {
      return await rename(file, path);
    } catch (error) {
      const retry = await clearedAway(error, path, at);
      if (!retry || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

/** Whether trying the rename again may help. An empty folder in the way is no object: it is removed. */
async function clearedAway(error: unknown, path: string, at: ObjectAddress): Promise<boolean> {
  const code = codeOf(error);
  if (code === 'ENOENT') return true;
  if (code === 'ENOTDIR') throw new ObjectKeyError(at, 'a file lies where its folder would be');
  if (!['EISDIR', 'ENOTEMPTY', 'EEXIST', 'EPERM'].includes(code)) return false;
  const found = await lstat(path).catch(() => null);
  if (found?.isDirectory() !== true) return false;
  try {
    await rmdir(path);
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return true;
    throw new ObjectKeyError(at, 'a folder of this name holds other objects, and a file cannot have it too');
  }
}

/** Level by level, since a recursive mkdir would follow a symbolic link out of the root and make folders there. */
async function makeFolder(root: string, folder: string, at: ObjectAddress): Promise<void> {
  if (await isReal(folder)) return;
  let level = root;
  for (const name of relative(root, folder).split(sep)) {
    level = join(level, name);
    try {
      await mkdir(level);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      const found = await lstat(level);
      if (found.isSymbolicLink())
        throw new ObjectKeyError(at, `"${name}" is a symbolic link, and those are not followed`);
      if (!found.isDirectory())
        throw new ObjectKeyError(at, `"${name}" is a file, and cannot be a folder too`);
    }
  }
}
