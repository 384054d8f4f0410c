import { constants, createReadStream } from 'node:fs';
import { copyFile, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CsvSettings } from '../../src/core/policy.ts';
import type { StepTools } from '../../src/executions/step.ts';
import { refuseOpenQuote } from './csv-quotes.ts';
import { recordCutter } from './csv-records.ts';
import { cut } from './excerpt.ts';
import { HeaderError, UnreadableFileError } from './failure.ts';
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
}

/** Measured: 2,000 columns are read in 0.2 s, 100,000 exhaust the memory of a laptop. */
const COLUMNS_MAX = 2_000;
/** Bytes in which a header must end. */
const HEADER_BYTES_MAX = 2 * 1024 * 1024;
const LINE_FEED = 0x0a;
const DELIMITERS = [',', ';', '\t', '|'];

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
): Promise<CsvFile> {
  const { bucket, key, versionId } = file;
  const fetched = await objects.toFile(
    { bucket, key, ...(versionId !== undefined && { versionId }) },
    folder,
  );
  const path = join(folder, `${name}.csv`);
  await ownName(fetched, folder, path);
  const head = await readHead(path);
  const separator = /^sep=([^\r\n])\r?\n/i.exec(head);
  const skip = separator ? 1 : 0;
  const text = head.slice(separator?.[0].length ?? 0);
  const delimiter = settings.delimiter ?? separator?.[1] ?? delimiterOf(text);
  const header = headerOf(text, delimiter);
  await refuseOpenQuote(path, delimiter);
  return { ...file, path, delimiter, skip, header };
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
    if (size === 0) throw new UnreadableFileError('The file is empty; expected at least a header.');
    const bytes = Buffer.alloc(Math.min(size, HEADER_BYTES_MAX));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    const text = decoded(bytes.subarray(0, bytesRead), size > bytesRead);
    await refuseNul(path, bytes, size > bytesRead);
    return text;
  } finally {
    await handle.close();
  }
}

/** Content that is often named .csv and is not, by its first bytes. */
const OTHER_CONTENT: [string, number[]][] = [
  ['gzip', [0x1f, 0x8b]],
  ['zip (or an Excel workbook)', [0x50, 0x4b, 0x03, 0x04]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['Parquet', [0x50, 0x41, 0x52, 0x31]],
  ['UTF-32', [0xff, 0xfe, 0x00, 0x00]],
  ['UTF-16', [0xff, 0xfe]],
  ['UTF-16', [0xfe, 0xff]],
];

function decoded(bytes: Buffer, isCut: boolean): string {
  for (const [what, magic] of OTHER_CONTENT) {
    if (magic.every((byte, index) => bytes[index] === byte)) {
      throw new UnreadableFileError(`The content is ${what}; expected plain text in UTF-8.`);
    }
  }
  // Only the header is judged here: DuckDB names the rows further down that are not UTF-8.
  const text = new TextDecoder().decode(bytes, { stream: isCut });
  const end = text.search(/[\r\n]/);
  const firstLine = end === -1 ? text : text.slice(0, end);
  if (firstLine.includes('\u0000')) {
    throw new UnreadableFileError('The header has NUL bytes: UTF-16 perhaps; expected text in UTF-8.');
  }
  if (firstLine.includes('\ufffd')) {
    throw new UnreadableFileError('The header is not UTF-8: Latin-1 perhaps; save the file as UTF-8.');
  }
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
    for await (const piece of createReadStream(path, { start: read, highWaterMark: 1024 * 1024 })) {
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

/** The one that stands most often in the first line outside quotes; a comma where none does. */
function delimiterOf(text: string): string {
  const firstLine = text.slice(0, text.search(/[\r\n]|$/)).replaceAll(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => firstLine.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}

function headerOf(text: string, delimiter: string): string[] {
  const cutter = recordCutter(delimiter);
  const first = firstRecord(cutter, text);
  const names = first?.map((name, index) => name.trim() || `column${index + 1}`);
  if (!names || first?.every((name) => name.trim() === '')) {
    throw new HeaderError('The first line is empty; expected the names of the columns.');
  }
  if (names.length > COLUMNS_MAX) {
    throw new HeaderError(`The header has ${names.length} columns; at most ${COLUMNS_MAX} are read.`);
  }
  const seen = new Map<string, string>();
  for (const name of names) {
    const same = seen.get(name.toLowerCase());
    if (same !== undefined) {
      throw new HeaderError(
        `The header names "${cut(name, 100)}" twice (as "${cut(same, 100)}" before; upper and lower case are the same to Parquet readers).`,
      );
    }
    seen.set(name.toLowerCase(), name);
  }
  return names;
}

function firstRecord(cutter: ReturnType<typeof recordCutter>, text: string): string[] | undefined {
  for (let from = 0; from < text.length; from += 4_096) {
    const [record] = cutter.push(text.slice(from, from + 4_096));
    if (record) return record.fields;
  }
  if (cutter.isOpen()) throw new HeaderError('A quote in the header is never closed.');
  if (text.length >= HEADER_BYTES_MAX) {
    throw new HeaderError(`The header does not end within ${HEADER_BYTES_MAX} bytes.`);
  }
  return cutter.rest()?.fields;
}
