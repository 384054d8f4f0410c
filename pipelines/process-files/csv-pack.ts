import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CsvFile } from './csv-file.ts';
import { groupName } from './csv-source.ts';

/** Where the rows of a file stand that lies behind others in a local file. */
export interface Packed {
  path: string;
  /** Bytes before the rows, which the pack has only of its first file. */
  head: Buffer;
  /** Bytes of the pack: from the first row to behind the last one. */
  from: number;
  to: number;
}

/** A file that is still in memory, and is plain as far as its header and its end tell. */
export interface Packable {
  content: Buffer;
  /** Bytes before the rows. */
  headBytes: number;
  newline: '\n' | '\r\n';
  /** True when the last row has its line break. */
  ended: boolean;
}

/** Larger files lie alone: opening them costs little beside reading them. */
export const PACKABLE_BYTES_MAX = 1024 * 1024;

/** Packs per unit, so that the engine's threads share them alike. */
const PACKS = 8;
/** Bytes of a pack at least, and at most: far below the 8 MB at which DuckDB divides a file and guesses where a row begins. */
const PACK_BYTES = { min: 256 * 1024, max: 4 * 1024 * 1024 };

/** Bytes in memory at which all packs are written, whatever they have. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;

interface Pack {
  path: string;
  newline: string;
  pieces: Buffer[];
  bytes: number;
}

/**
 * Puts small files with the same header one behind the other, in the order in which they are added: DuckDB takes longer
 * to open a small file than to read it. Packs are written while further files are added; some 10 MiB are in memory.
 * @param bytes of all files that may be added
 */
export function csvPacker(folder: string, name: string, bytes: number) {
  const packBytes = Math.min(PACK_BYTES.max, Math.max(PACK_BYTES.min, bytes / PACKS));
  const packs = new Map<string, Pack>();
  let count = 0;
  let waiting = 0;
  let writing: Promise<void> = Promise.resolve();

  async function write(group: string, { path, pieces, bytes }: Pack): Promise<void> {
    packs.delete(group);
    waiting -= bytes;
    await writing;
    writing = writeFile(path, Buffer.concat(pieces, bytes));
    // Heard of with the next pack, or at the end.
    writing.catch(() => {});
  }

  async function packFor(group: string, newline: string): Promise<Pack> {
    const found = packs.get(group);
    if (found?.newline === newline) return found;
    // DuckDB refuses a file whose lines end differently.
    if (found) await write(group, found);
    count += 1;
    const pack = { path: join(folder, `pack-${name}-${count}.csv`), newline, pieces: [], bytes: 0 };
    packs.set(group, pack);
    return pack;
  }

  async function writeAll(): Promise<void> {
    for (const [group, pack] of [...packs]) await write(group, pack);
  }

  return {
    async add(file: CsvFile, { content, headBytes, newline, ended }: Packable): Promise<CsvFile> {
      const group = groupName(file);
      const pack = await packFor(group, newline);
      const piece = pack.pieces.length === 0 ? content : content.subarray(headBytes);
      const end = pack.bytes + piece.length;
      const rowBytes = content.length - headBytes;
      const packed = {
        path: pack.path,
        head: Buffer.from(content.subarray(0, headBytes)),
        from: end - rowBytes,
        to: end,
      };
      const added = [piece, ...(ended ? [] : [Buffer.from(newline)])];
      const bytes = added.reduce((sum, { length }) => sum + length, 0);
      pack.pieces.push(...added);
      pack.bytes += bytes;
      waiting += bytes;
      if (pack.bytes >= packBytes) await write(group, pack);
      else if (waiting >= WAITING_BYTES_MAX) await writeAll();
      return { ...file, packed };
    },
    /** Writes what is still in memory; before that the packs cannot be read. */
    async finish(): Promise<void> {
      await writeAll();
      await writing;
    },
  };
}

/** Gives packed files of a group their own paths again, each with the bytes that it had. */
export async function unpack(files: readonly CsvFile[]): Promise<void> {
  for (const { path, packed } of files) {
    if (packed) await writeFile(path, Buffer.concat([packed.head, await slice(packed)]));
  }
}

async function slice({ path, from, to }: Packed): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(to - from);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
    if (bytesRead !== bytes.length) throw new PackShortError(path, to, from + bytesRead);
    return bytes;
  } finally {
    await handle.close();
  }
}

/** Somebody cut a file in the step's own folder. */
export class PackShortError extends Error {
  override readonly name = 'PackShortError';
  readonly path: string;

  constructor(path: string, expected: number, bytes: number) {
    super(`${path} ends at byte ${bytes}, expected ${expected}; leave the steps' scratch folder alone.`);
    this.path = path;
  }
}
