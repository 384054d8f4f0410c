import { createReadStream } from 'node:fs';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { TableCorruptError } from './errors.ts';

/**
 * What a database's files were when it was closed in order. LevelDB takes a log that ends too soon, or that it cannot
 * read on, for the trace of a crash and goes on without the rest; the seal tells a crash from damage.
 */
interface Seal {
  files: Record<string, { bytes: number; crc32: number }>;
}

/** LevelDB's own diary and lock file; they hold no data. */
const NO_DATA = new Set(['LOG', 'LOG.old', 'LOCK']);

/** Writes the seal of a closed database. */
export async function sealDatabase(database: string, seal: string): Promise<void> {
  const files: Seal['files'] = {};
  for (const [file, bytes] of Object.entries(await sizesOf(database))) {
    files[file] = { bytes, crc32: await crc32Of(join(database, file)) };
  }
  await writeFile(seal, JSON.stringify({ files } satisfies Seal));
}

/**
 * Compares a database with its seal and breaks the seal, as the database is about to change. Without a seal (a
 * first start, or one after a crash) only a database without its head is refused: LevelDB would start afresh.
 * Resolves with whether there was a seal, and so every byte is what it was.
 * @throws TableCorruptError when files are missing or not what they were.
 */
export async function breakSeal(database: string, seal: string): Promise<boolean> {
  const sizes = await sizesOf(database);
  const sealed = await sealOf(seal);
  for (const [file, { bytes, crc32 }] of Object.entries(sealed?.files ?? {})) {
    const path = join(database, file);
    const found = sizes[file];
    if (found === undefined) throw new TableCorruptError(`${path} is missing`);
    if (found !== bytes) throw new TableCorruptError(`${path} has ${found} bytes, expected ${bytes}`);
    if ((await crc32Of(path)) !== crc32) {
      throw new TableCorruptError(`${path} is not what it was when the table was closed`);
    }
  }
  const hasData = Object.entries(sizes).some(([file, size]) => size > 0 && /\.(ldb|sst|log)$/.test(file));
  if (hasData && sizes.CURRENT === undefined) {
    throw new TableCorruptError(`${join(database, 'CURRENT')} is missing`);
  }
  await rm(seal, { force: true });
  return sealed !== null;
}

async function crc32Of(file: string): Promise<number> {
  let sum = 0;
  for await (const chunk of createReadStream(file)) sum = crc32(chunk, sum);
  return sum;
}

async function sealOf(file: string): Promise<Seal | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return null;
  }
  try {
    const seal = JSON.parse(text) as Seal;
    return seal.files === undefined ? null : seal;
  } catch {
    // The process was killed while it wrote the seal: as good as none.
    return null;
  }
}

async function sizesOf(database: string): Promise<Record<string, number>> {
  const files = (await readdir(database)).filter((file) => !NO_DATA.has(file)).sort();
  const sizes = await Promise.all(
    files.map(async (file) => [file, (await stat(join(database, file))).size] as const),
  );
  return Object.fromEntries(sizes);
}
