import { isUtf8 } from 'node:buffer';
import { constants, createReadStream } from 'node:fs';
import { copyFile, type FileHandle, open, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CsvSettings } from '../../src/core/policy.ts';
import type { StepTools } from '../../src/executions/step.ts';
import { columnsOf, decoded, HEADER_BYTES_MAX } from './csv-header.ts';
import { PACKABLE_BYTES_MAX, type Packable, type Packed } from './csv-pack.ts';
import { refuseOpenQuote } from './csv-quotes.ts';
import { type PlainShape, plainScanner } from './csv-scan.ts';
import { UnreadableFileError } from './failure.ts';
import type { UnitFile } from './work-unit.ts';

/** A CSV file in the step's own folder, its header read. */
export interface CsvFile extends UnitFile {
  /** Local, with a name of our own: a key never reaches DuckDB, which would read `*` and `[` as patterns. */
  path: string;
  delimiter: string;
  /** Lines before the header: 1 where Excel's `sep=;` stands there. */
  skip: number;
  /** Column names in file order; unnamed columns are called `column1`, `column2` … by position. */
  header: string[];
  /** Rows below the header, where they can be counted without DuckDB: in a plain file. */
  rows: number | null;
  /** Where the rows are while nothing lies at `path`. */
  packed?: Packed;
}

/** A file, and its content if that may be packed; nothing lies at its path then. */
export interface OpenedFile {
  file: CsvFile;
  packable: Packable | null;
}

const LINE_FEED = 0x0a;
/** Bytes read at a time. */
const PIECE_BYTES = 1024 * 1024;

/** Bytes that are kept of each packed file's header. */
const HEAD_BYTES_MAX = 4 * 1024;

/**
 * Fetches a file and reads its header.
 * @throws UnreadableFileError, HeaderError, BadRowsError, ObjectNotFoundError: of this file alone
 * @throws RetryableError when the store did not answer
 */
export async function openCsvFile(
  file: UnitFile,
  settings: CsvSettings,
  folder: string,
  name: string,
  objects: StepTools['objects'],
): Promise<OpenedFile> {
  const { bucket, key, versionId } = file;
  const fetched = await objects.toFile(
    { bucket, key, ...(versionId !== undefined && { versionId }) },
    folder,
  );
  const path = join(folder, `${name}.csv`);
  const content = await smallContent(fetched);
  if (content === null) return await openLarge(file, settings, fetched, path, folder);
  const head = await headOf(fetched, content, false);
  const csv = { ...file, path, ...columnsOf(head, settings) };
  const shape = shapeOf(content, csv.delimiter);
  const rows = shape && shape.records - 1 - csv.skip;
  const headBytes = shape && isUtf8(content) ? headBytesOf(content, csv.skip) : null;
  if (shape && headBytes !== null) {
    return { file: { ...csv, rows }, packable: { content, headBytes, ...shape } };
  }
  await writeFile(path, content);
  if (shape === null) await refuseOpenQuote(path, csv.delimiter);
  return { file: { ...csv, rows }, packable: null };
}

async function openLarge(
  file: UnitFile,
  settings: CsvSettings,
  fetched: string,
  path: string,
  folder: string,
): Promise<OpenedFile> {
  await ownName(fetched, folder, path);
  const csv = { ...file, path, ...columnsOf(await readHead(path), settings) };
  const scanner = plainScanner(csv.delimiter);
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) scanner.push(piece);
  const shape = scanner.shape();
  if (shape === null) await refuseOpenQuote(path, csv.delimiter);
  return { file: { ...csv, rows: shape && shape.records - 1 - csv.skip }, packable: null };
}

/** All of a file as it is now, or null for a large one. What is looked at here is what is read later. */
async function smallContent(path: string): Promise<Buffer | null> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    return size > PACKABLE_BYTES_MAX ? null : await firstBytes(handle, size);
  } finally {
    await handle.close();
  }
}

function shapeOf(content: Buffer, delimiter: string): PlainShape | null {
  const scanner = plainScanner(delimiter);
  const hasMark = content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf;
  scanner.push(hasMark ? content.subarray(3) : content);
  return scanner.shape();
}

/** Bytes of a plain file before its rows, or null where it does not begin with a short line of names. */
function headBytesOf(content: Buffer, skip: number): number | null {
  let end = 0;
  for (let line = 0; line <= skip; line += 1) {
    end = content.indexOf(LINE_FEED, end) + 1;
    if (end === 0) return null;
  }
  if (end > HEAD_BYTES_MAX) return null;
  const quotes = content.subarray(0, end).toString('latin1').split('"').length - 1;
  return quotes % 2 === 0 ? end : null;
}

/**
 * A copy, where the store handed out its own file: what is read twice must not change in between. No hard link,
 * which would change the file's ctime, by which a laptop tells when it was written.
 */
async function ownName(fetched: string, folder: string, path: string): Promise<void> {
  if (dirname(fetched) === folder) await rename(fetched, path);
  else await copyFile(fetched, path, constants.COPYFILE_FICLONE);
}

async function readHead(path: string): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const bytes = await firstBytes(handle, Math.min(size, HEADER_BYTES_MAX));
    return await headOf(path, bytes, size > bytes.length);
  } finally {
    await handle.close();
  }
}

async function firstBytes(handle: FileHandle, count: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(count);
  const { bytesRead } = await handle.read(bytes, 0, count, 0);
  return bytes.subarray(0, bytesRead);
}

/** The beginning as text; `isCut` says that the file at `path` goes on behind these bytes. */
async function headOf(path: string, bytes: Buffer, isCut: boolean): Promise<string> {
  if (bytes.length === 0) throw new UnreadableFileError('The file is empty; expected at least a header.');
  const text = decoded(bytes, isCut);
  await refuseNul(path, bytes, isCut);
  return text;
}

/**
 * NUL bytes are refused wherever they stand: DuckDB passes over some of them without a word, and no text has any.
 * @throws UnreadableFileError naming the line
 */
async function refuseNul(path: string, head: Buffer, isCut: boolean): Promise<void> {
  let position = head.indexOf(0);
  let read = head.length;
  if (position === -1 && isCut) {
    for await (const piece of createReadStream(path, { start: read, highWaterMark: PIECE_BYTES })) {
      const index = piece.indexOf(0);
      if (index !== -1) {
        position = read + index;
        break;
      }
      read += piece.length;
    }
  }
  if (position === -1) return;
  const line = await lineAt(path, position);
  throw new UnreadableFileError(`There is a NUL byte in line ${line}; expected plain text in UTF-8.`);
}

/** The line, counted from 1, in which a byte stands. */
async function lineAt(path: string, position: number): Promise<number> {
  let line = 1;
  if (position === 0) return line;
  for await (const piece of createReadStream(path, { end: position - 1 })) {
    for (const byte of piece) if (byte === LINE_FEED) line += 1;
  }
  return line;
}
