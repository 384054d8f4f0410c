import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { guarded } from './folder-errors.ts';
import { INTERNAL_BUCKET, SCRATCH_FOLDER } from './folder-path.ts';
import { isReal } from './folder-place.ts';

export interface FolderObjectsOptions {
  /** Holds one folder per bucket; made when first used. May itself be reached through a symbolic link. */
  root: string;
  /** Folder for files being written, on the root's file system; `<root>/.spillway/tmp` by default. */
  scratch?: string;
  /** ms since 1970; decides which leftovers are old. */
  now?: () => number;
}

export interface RootFolder {
  /** The root's real path. */
  root(): Promise<string>;
  /** A new path for a file that is being written. */
  temporary(): Promise<string>;
}

const TEMPORARY_NAME = /^\d+-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a process that was killed left behind is removed once it is this old: nobody writes that long. */
const LEFTOVER_MS = 86_400_000;

/** The root and its scratch folder, made when first needed; leftovers are removed then. */
export function rootFolder({ root, scratch, now = Date.now }: FolderObjectsOptions): RootFolder {
  let found: Promise<string> | undefined;
  let tidied = false;

  const findRoot = () => {
    found ??= guarded('use', resolve(root), async () => {
      await mkdir(resolve(root), { recursive: true });
      return await realpath(root);
    }).catch((error: unknown) => {
      // Asked again next time: the reason may have gone.
      found = undefined;
      throw error;
    });
    return found;
  };

  const makeScratch = async () => {
    if (scratch !== undefined) return await made(resolve(scratch));
    const own = await made(join(await findRoot(), INTERNAL_BUCKET, SCRATCH_FOLDER));
    if (await isReal(own)) return own;
    throw new Error(`${own} is reached through a symbolic link, and those are not followed`);
  };

  return {
    root: findRoot,
    async temporary() {
      const folder = await makeScratch();
      if (!tidied) await removeLeftovers(folder, now() - LEFTOVER_MS);
      tidied = true;
      return join(folder, `${process.pid}-${randomUUID()}`);
    },
  };
}

async function made(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  return folder;
}

async function removeLeftovers(folder: string, olderThan: number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!TEMPORARY_NAME.test(name)) continue;
    const path = join(folder, name);
    const stats = await lstat(path).catch(() => null);
    if (stats?.isFile() && stats.mtimeMs < olderThan) await rm(path, { force: true });
  }
}
