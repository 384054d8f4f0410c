import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from './folder-errors.ts';

export interface WalkOptions {
  /** Whether to look into a folder (its key, ending in `/`) or to hand over a file (its key). */
  wanted(key: string): boolean;
  /** A name that is not valid UTF-8 and so can be no key: the folder's path, and the name as far as it can be shown. */
  unreadable?(folder: string, name: string): void;
  /** A folder that cannot be read; thrown on where this is not given. A folder that has vanished is passed over. */
  failed?(folder: string, error: unknown): void;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Keys of the regular files under `folder`, in UTF-8 byte order of the keys. Follows no symbolic link and hands none
 * over. Holds the names of one folder per level in memory.
 */
export async function* walkFolder(
  folder: string,
  options: WalkOptions,
  keyPrefix = '',
): AsyncGenerator<string> {
  for (const entry of await entriesOf(folder, options)) {
    const key = keyPrefix + entry.name;
    if (!options.wanted(key)) continue;
    if (entry.isFolder) yield* walkFolder(join(folder, entry.name), options, key);
    else yield key;
  }
}

interface Entry {
  /** A folder's name ends in `/`, so that sorting names sorts the keys below them. */
  name: string;
  bytes: Buffer;
  isFolder: boolean;
}

async function entriesOf(folder: string, { unreadable, failed }: WalkOptions): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const found of await namesIn(folder, failed)) {
    const isFolder = found.isDirectory();
    if (!isFolder && !found.isFile()) continue;
    try {
      const name = utf8.decode(found.name) + (isFolder ? '/' : '');
      entries.push({ name, bytes: Buffer.from(name), isFolder });
    } catch {
      unreadable?.(folder, found.name.toString('latin1'));
    }
  }
  return entries.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
}

async function namesIn(folder: string, failed: WalkOptions['failed']): Promise<Dirent<Buffer>[]> {
  try {
    return await readdir(folder, { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    if (isMissing(error)) return [];
    if (failed === undefined) throw error;
    failed(folder, error);
    return [];
  }
}
