import { isUtf8 } from 'node:buffer';
import { constants, createReadStream } from 'node:fs';
import { copyFile, type FileHandle, open, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { CsvSettings } from '../../src/core/policy.ts';
import { breakCounter } from './csv-divide.ts';
import type { Fetched } from './csv-fetch.ts';
import { columnsOf, decoded, HEADER_BYTES_MAX } from './csv-header.ts';
import type { Packable, Packed } from './csv-pack.ts';
import { refuseWrongQuotes } from './csv-quotes.ts';
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
  /** Rows below the header, where they can be counted without DuckDB: in a plain file that was scanned. */
  rows: number | null;
  /** How a plain file's values are written, by column. */
  spellings: Uint8Array | null;
  /** Set where DuckDB would divide the file among threads, but a line break inside quotes may mislead these. */
  undivided?: boolean;
  /** All of a file that is still to be scanned. */
  unscanned?: Buffer;
  /** Where the rows are while nothing lies at `path`. */
  packed?: Packed;
}

/** A file, and its content if that may be packed; nothing lies at its path then. */
export interface OpenedFile {
  file: CsvFile;
  packable: Packable | null;
}

const QUOTE = 0x22;
const RETURN = 0x0d;
const LINE_FEED = 0x0a;
/** Bytes read at a time. */
const PIECE_BYTES = 1024 * 1024;

/** Bytes that are kept of each packed file's header. */
const HEAD_BYTES_MAX = 4 * 1024;

/**
 * Reads a file's header and scans the file, or leaves that to {@link scanRest}.
 * @param mayWait whether a small file may be scanned later
 * @throws UnreadableFileError, HeaderError, BadRowsError: of this file alone
 */
export async function openCsvFile(
  file: UnitFile,
  fetched: Fetched,
  settings: CsvSettings,
  folder: string,
  name: string,
  mayWait: boolean,
): Promise<OpenedFile> {
  const path = join(folder, `${name}.csv`);
  if ('path' in fetched) return await openLarge(file, settings, fetched.path, path, folder);
  const { content } = fetched;
  const csv = { ...file, path, ...columnsOf(smallHead(content), settings) };
  const packable = packableOf(content, csv.skip);
  if (packable && mayWait) {
    return { file: { ...csv, rows: null, spellings: null, unscanned: content }, packable };
  }
  const plain = scanned(content, csv);
  if (packable && plain.rows !== null) return { file: { ...csv, ...plain }, packable };
  await writeFile(path, content);
  if (plain.rows === null) await refuseWrongQuotes(path, csv.delimiter);
  return { file: { ...csv, ...plain }, packable: null };
}

/** Bytes scanned at a time, in some milliseconds: then others get their turn. */
const SCANNED_AT_ONCE = 2 * 1024 * 1024;

/** Files as they are known when those that wait are scanned too. */
export async function scanRest(files: readonly CsvFile[]): Promise<CsvFile[]> {
  const known: CsvFile[] = [];
  let bytes = 0;
  for (const file of files) {
    const { unscanned, ...rest } = file;
    known.push(unscanned ? { ...rest, ...scanned(unscanned, file) } : file);
    bytes += unscanned?.length ?? 0;
    if (bytes < SCANNED_AT_ONCE) continue;
    await setImmediate();
    bytes = 0;
  }
  return known;
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
  const scanner = plainScanner(csv.delimiter, rowsPlace(csv));
  const breaks = breakCounter(scanner.records);
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
    breaks.push(piece);
    scanner.push(piece);
  }
  const shape = scanner.shape();
  if (shape === null && breaks.isQuoted()) await refuseWrongQuotes(path, csv.delimiter);
  const undivided = !breaks.mayDivide(shape);
  return { file: { ...csv, ...plainOf(shape, csv), ...(undivided && { undivided }) }, packable: null };
}

/** What a header tells of a file. */
type Head = Pick<CsvFile, 'delimiter' | 'skip' | 'header'>;

function rowsPlace({ skip, header }: Head) {
  return { skip: skip + 1, columns: header.length };
}

function plainOf(shape: PlainShape | null, { skip }: Head): Pick<CsvFile, 'rows' | 'spellings'> {
  return { rows: shape && shape.records - 1 - skip, spellings: shape?.spellings ?? null };
}

function scanned(content: Buffer, head: Head): Pick<CsvFile, 'rows' | 'spellings'> {
  const scanner = plainScanner(head.delimiter, rowsPlace(head));
  const hasMark = content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf;
  scanner.push(hasMark ? content.subarray(3) : content);
  return plainOf(scanner.shape(), head);
}

/** How a file can be packed if it is plain, and null where it cannot. */
function packableOf(content: Buffer, skip: number): Packable | null {
  const headBytes = isUtf8(content) ? headBytesOf(content, skip) : null;
  if (headBytes === null) return null;
  const newline = content[headBytes - 2] === RETURN ? '\r\n' : '\n';
  return { content, headBytes, newline, ended: content.at(-1) === LINE_FEED };
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

/** The beginning of a small file as text: two lines, one of which may be Excel's, unless the header may be longer. */
function smallHead(content: Buffer): string {
  refuseEmpty(content);
  const lines = content.subarray(0, content.indexOf(LINE_FEED, content.indexOf(LINE_FEED) + 1) + 1);
  const head = lines.length === 0 || lines.includes(QUOTE) ? content : lines;
  const text = decoded(head, head.length < content.length);
  const position = content.indexOf(0);
  if (position !== -1) throw nulError(1 + lineFeedsIn(content.subarray(0, position)));
  return text;
}

/** The beginning of the file at `path` as text; `isCut` says that it goes on behind these bytes. */
async function headOf(path: string, bytes: Buffer, isCut: boolean): Promise<string> {
  refuseEmpty(bytes);
  const text = decoded(bytes, isCut);
  await refuseNul(path, bytes, isCut);
  return text;
}

function refuseEmpty(bytes: Buffer): void {
  if (bytes.length === 0) throw new UnreadableFileError('The file is empty; expected at least a header.');
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
  if (position !== -1) throw nulError(await lineAt(path, position));
}

function nulError(line: number): UnreadableFileError {
  return new UnreadableFileError(`There is a NUL byte in line ${line}; expected plain text in UTF-8.`);
}

/** The line, counted from 1, in which a byte stands. */
async function lineAt(path: string, position: number): Promise<number> {
  let line = 1;
  if (position === 0) return line;
  for await (const piece of createReadStream(path, { end: position - 1 })) line += lineFeedsIn(piece);
  return line;
}

function lineFeedsIn(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte === LINE_FEED) count += 1;
  return count;
}
