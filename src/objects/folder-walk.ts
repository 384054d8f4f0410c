import type { Dirent } from 'node:fs';
import { opendir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from './folder-errors.ts';

export interface ListOptions {
  /** A name that is not valid UTF-8 and so can be no key: the folder's path, and the name as far as it can be shown. */
  unreadable?(folder: string, name: string): void;
  /** A folder that cannot be read; thrown on where this is not given. A folder that has vanished is passed over. */
  failed?(folder: string, error: unknown): void;
}

export interface WalkOptions extends ListOptions {
  /** Whether to look into a folder (its key, ending in `/`) or to hand over a file (its key). */
  wanted(key: string): boolean;
  /** Called before a folder is listed; false passes it over. */
  entering?(folder: string): Promise<boolean>;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Names that are read in one go: few enough that nothing else waits, where a folder has very many. */
const NAMES_AT_ONCE = 1_024;

/** What Node puts in place of bytes that are not UTF-8; a name may also hold it by itself. */
const REPLACED = '\ufffd';

/** Half of a character whose order among others is another in UTF-16 than in UTF-8. */
const SURROGATE = /[\ud800-\udfff]/;

/**
 * Keys of the regular files under `folder`, in UTF-8 byte order of the keys. Follows no symbolic link and hands none
 * over. Holds the names of one folder per level in memory.
 */
export async function* walkFolder(
  folder: string,
  options: WalkOptions,
  keyPrefix = '',
): AsyncGenerator<string> {
  if ((await options.entering?.(folder)) === false) return;
  for (const name of await namesIn(folder, options)) {
    const key = keyPrefix + name;
    if (!options.wanted(key)) continue;
    if (name.endsWith('/')) yield* walkFolder(join(folder, name.slice(0, -1)), options, key);
    else yield key;
  }
}

/**
 * Names of the regular files and folders in a folder, in UTF-8 byte order. A folder's name ends in `/`, so that sorting
 * names sorts the keys below them.
 */
export async function namesIn(folder: string, options: ListOptions): Promise<string[]> {
  try {
    const names = await readNames(folder);
    const readable = names.some((name) => name.includes(REPLACED))
      ? await readRawNames(folder, options)
      : names;
    return inByteOrder(readable);
  } catch (error) {
    if (isMissing(error)) return [];
    if (options.failed === undefined) throw error;
    options.failed(folder, error);
    return [];
  }
}

async function readNames(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of await opendir(folder, { bufferSize: NAMES_AT_ONCE })) {
    const name = named(entry, entry.name);
    if (name !== null) names.push(name);
  }
  return names;
}

/** The slower way, which tells the names that are not UTF-8 apart from those that are. */
async function readRawNames(folder: string, { unreadable }: ListOptions): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true, encoding: 'buffer' })) {
    try {
      const name = named(entry, utf8.decode(entry.name));
      if (name !== null) names.push(name);
    } catch {
      unreadable?.(folder, entry.name.toString('latin1'));
    }
  }
  return names;
}

/** Null for what is neither a regular file nor a folder. */
function named(entry: Dirent<string> | Dirent<Buffer>, name: string): string | null {
  if (entry.isDirectory()) return `${name}/`;
  return entry.isFile() ? name : null;
}

function inByteOrder(names: string[]): string[] {
  if (!names.some((name) => SURROGATE.test(name))) return names.sort();
  const keyed = names.map((name) => ({ name, bytes: Buffer.from(name) }));
  return keyed.sort((a, b) => Buffer.compare(a.bytes, b.bytes)).map(({ name }) => name);
}
