import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TableCorruptError } from './errors.ts';

/**
 * The sizes of a database's files, written when it was closed in order. LevelDB takes a log that ends too soon
 * for the trace of a crash and goes on without what was cut off; the seal tells a crash from damage.
 */
type Seal = Record<string, number>;

/** LevelDB's own diary and lock file; they hold no data. */
const NO_DATA = new Set(['LOG', 'LOG.old', 'LOCK']);

/** Writes the seal of a closed database. */
export async function sealDatabase(database: string, seal: string): Promise<void> {
  await writeFile(seal, JSON.stringify(await sizesOf(database)));
}

/**
 * Compares a database with its seal and breaks the seal, as the database is about to change. Without a seal (a
 * first start, or one after a crash) only a database without its head is refused: LevelDB would start afresh.
 * @throws TableCorruptError when files are missing, or shorter or longer than they were.
 */
export async function breakSeal(database: string, seal: string): Promise<void> {
  const sizes = await sizesOf(database);
  const sealed = await sealOf(seal);
  for (const [file, size] of Object.entries(sealed ?? {})) {
    const found = sizes[file];
    if (found === undefined) throw new TableCorruptError(`${join(database, file)} is missing`);
    if (found !== size) {
      throw new TableCorruptError(`${join(database, file)} has ${found} bytes, expected ${size}`);
    }
  }
  const hasData = Object.entries(sizes).some(([file, size]) => size > 0 && /\.(ldb|sst|log)$/.test(file));
  if (hasData && sizes.CURRENT === undefined) {
    throw new TableCorruptError(`${join(database, 'CURRENT')} is missing`);
  }
  await rm(seal, { force: true });
}

async function sealOf(file: string): Promise<Seal | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return null;
  }
  try {
    return JSON.parse(text) as Seal;
  } catch {
    // The process was killed while it wrote the seal: as good as none.
    return null;
  }
}

async function sizesOf(database: string): Promise<Seal> {
  const files = (await readdir(database)).filter((file) => !NO_DATA.has(file)).sort();
  const sizes = await Promise.all(
    files.map(async (file) => [file, (await stat(join(database, file))).size] as const),
  );
  return Object.fromEntries(sizes);
}
