import type { CsvSettings } from '../../src/core/policy.ts';
import { recordCutter } from './csv-records.ts';
import { cut } from './excerpt.ts';
import { HeaderError, UnreadableFileError } from './failure.ts';

/** Measured: 2,000 columns are read in 0.2 s, 100,000 exhaust the memory of a laptop. */
const COLUMNS_MAX = 2_000;
/** Bytes in which a header must end. */
export const HEADER_BYTES_MAX = 2 * 1024 * 1024;
/** Characters of a header cut at a time: most end in the first of them. */
const PIECE_CHARACTERS = 256;
const DELIMITERS = [',', ';', '\t', '|'];

/**
 * How a file is written, and its columns.
 * @throws HeaderError
 */
export function columnsOf(head: string, settings: CsvSettings) {
  const separator = /^sep=([^\r\n])\r?\n/i.exec(head);
  const skip = separator ? 1 : 0;
  const text = head.slice(separator?.[0].length ?? 0);
  const delimiter = settings.delimiter ?? separator?.[1] ?? delimiterOf(text);
  return { delimiter, skip, header: headerOf(text, delimiter) };
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

/**
 * The beginning of a file as text.
 * @param isCut whether the file goes on behind these bytes
 * @throws UnreadableFileError
 */
export function decoded(bytes: Buffer, isCut: boolean): string {
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
  for (let from = 0; from < text.length; from += PIECE_CHARACTERS) {
    const [record] = cutter.push(text.slice(from, from + PIECE_CHARACTERS));
    if (record) return record.fields;
  }
  if (cutter.isOpen()) throw new HeaderError('A quote in the header is never closed.');
  if (text.length >= HEADER_BYTES_MAX) {
    throw new HeaderError(`The header does not end within ${HEADER_BYTES_MAX} bytes.`);
  }
  return cutter.rest()?.fields;
}
