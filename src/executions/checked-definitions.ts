import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Which definitions were found valid before. Checking one takes up to 300 ms, more than all else that a start does, and
 * comes to the same as long as neither the text nor the interpreter changes.
 */
export interface CheckedDefinitions {
  knows(text: string): boolean;
  add(text: string): void;
  /** Keeps what was asked for and added, nothing older. What cannot be kept is checked again the next time. */
  keep(): Promise<void>;
}

/** @param file where they are kept; without it nothing is remembered */
export async function checkedDefinitions(file: string | undefined): Promise<CheckedDefinitions> {
  const before = new Set(file === undefined ? [] : await digestsIn(file));
  const now = new Set<string>();
  const version = file === undefined ? '' : await interpreterVersion();
  const digestOf = (text: string) =>
    createHash('sha256')
      .update(JSON.stringify([version, text]))
      .digest('hex');
  return {
    knows(text) {
      const digest = digestOf(text);
      const known = before.has(digest);
      if (known) now.add(digest);
      return known;
    },
    add: (text) => void now.add(digestOf(text)),
    async keep() {
      if (file === undefined || (now.size === before.size && [...now].every((digest) => before.has(digest))))
        return;
      await replace(file, JSON.stringify([...now])).catch(() => undefined);
    },
  };
}

/** None where the file is missing or not what was written: then all are checked. */
async function digestsIn(file: string): Promise<string[]> {
  try {
    const digests: unknown = JSON.parse(await readFile(file, 'utf8'));
    return Array.isArray(digests) ? digests.map(String) : [];
  } catch {
    return [];
  }
}

/** The package does not export its package.json, so it is read beside its code. */
async function interpreterVersion(): Promise<string> {
  const code = createRequire(import.meta.url).resolve('aws-local-stepfunctions');
  const text = await readFile(join(dirname(code), '..', 'package.json'), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  return version;
}

async function replace(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}.partial`;
  await writeFile(partial, content);
  await rename(partial, file);
}
