import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CsvSettings } from '../../src/core/policy.ts';
import { hasMixedBreaks, withLineFeeds } from './csv-breaks.ts';
import { type CheckedGroup, checkGroup } from './csv-check.ts';
import { type CsvFile, scanRest } from './csv-file.ts';
import { unpack } from './csv-pack.ts';
import { convertQuickly } from './csv-quick.ts';
import { refuseWrongQuotes } from './csv-quotes.ts';
import { notConverted, readableFiles } from './csv-readable.ts';
import { type CsvGroup, groupName, source } from './csv-source.ts';
import { type Duckdb, identifier, literal, PARQUET_OPTIONS, withDuckdb } from './duckdb.ts';
import { type Failure, failureOf, HeaderError } from './failure.ts';

/** What came of a group: a local Parquet file, unless no row was left. */
export interface ConvertedGroup {
  files: number;
  rows: number;
  parquet: string | null;
  failures: Failure[];
}

/** Files that can be read together: the same columns in the same order, written the same way. */
export function groupByHeader(files: readonly CsvFile[]): CsvGroup[] {
  const groups = new Map<string, CsvGroup & { files: CsvFile[] }>();
  for (const file of files) {
    const { header, delimiter, skip } = file;
    const name = groupName(file);
    const group = groups.get(name);
    if (group) group.files.push(file);
    else groups.set(name, { header, delimiter, skip, files: [file] });
  }
  return [...groups.values()];
}

/**
 * Reads a group's files, names those with bad rows and writes the rows of all others to `<folder>/<name>.parquet`.
 * A file is taken over as a whole or not at all.
 */
export async function convertGroup(
  group: CsvGroup,
  settings: CsvSettings,
  folder: string,
  name: string,
): Promise<ConvertedGroup> {
  const mismatch = headerMismatch(group.header, settings.columns);
  if (mismatch) return { ...NOTHING, failures: group.files.map((file) => failureOf(file, mismatch)) };
  const parquet = join(folder, `${name}.parquet`);
  const quick = await convertQuickly(group, settings, parquet);
  if (quick !== null) return { files: group.files.length, rows: quick, parquet, failures: [] };
  const { files, failures } = await unpacked(group);
  if (files.length === 0) return { ...NOTHING, failures };
  const converted = await convertCarefully({ ...group, files }, settings, parquet);
  return { ...converted, failures: [...failures, ...converted.failures] };
}

/** The files at their own paths, with line breaks that DuckDB takes, but for those that end inside quotes. */
async function unpacked(group: CsvGroup) {
  const scanned = await scanRest(group.files);
  await unpack(scanned);
  const files: CsvFile[] = [];
  const failures: Failure[] = [];
  for (const file of scanned) {
    try {
      // One that lay alone was looked at before.
      if (file.packed && file.rows === null) await refuseWrongQuotes(file.path, file.delimiter);
      files.push(file.rows === null ? await withEqualBreaks(file) : file);
    } catch (error) {
      failures.push(failureOf(file, error));
    }
  }
  return { files, failures };
}

async function withEqualBreaks(file: CsvFile): Promise<CsvFile> {
  if (!(await hasMixedBreaks(file.path))) return file;
  const path = `${file.path}-lf`;
  await withLineFeeds(file.path, path, file.delimiter);
  return { ...file, path };
}

async function convertCarefully(
  group: CsvGroup,
  settings: CsvSettings,
  parquet: string,
): Promise<ConvertedGroup> {
  try {
    return await convert(group, settings, parquet);
  } catch (error) {
    if (error instanceof HeaderError) {
      return { ...NOTHING, failures: group.files.map((file) => failureOf(file, error)) };
    }
    return await convertReadable(group, settings, parquet, error);
  }
}

/** One file that DuckDB cannot read or write at all fails its neighbours: finds it, and goes on without. */
async function convertReadable(
  group: CsvGroup,
  settings: CsvSettings,
  parquet: string,
  error: unknown,
): Promise<ConvertedGroup> {
  const trial = `${parquet}-trial`;
  const attempt = async (files: readonly CsvFile[]) => {
    await convert({ ...group, files }, settings, trial);
    await rm(trial, { force: true });
  };
  const { readable, failures } = await readableFiles(group.files, attempt, error);
  if (readable.length === 0) return { ...NOTHING, failures };
  try {
    const converted = await convert({ ...group, files: readable }, settings, parquet);
    return { ...converted, failures: [...failures, ...converted.failures] };
  } catch (last) {
    // Each can be converted, all together cannot: no file may get lost without a word.
    return { ...NOTHING, failures: [...failures, ...readable.map((file) => notConverted(file, last))] };
  }
}

const NOTHING = { files: 0, rows: 0, parquet: null };

async function convert(group: CsvGroup, settings: CsvSettings, parquet: string): Promise<ConvertedGroup> {
  return withDuckdb(async (duckdb) => {
    const checked = await checkGroup(duckdb, group, settings);
    if (checked.rows > 0) await writeParquet(duckdb, group, checked, parquet);
    return {
      files: checked.files.length,
      rows: checked.rows,
      parquet: checked.rows > 0 ? parquet : null,
      failures: checked.failures,
    };
  });
}

async function writeParquet(
  duckdb: Duckdb,
  group: CsvGroup,
  { files, rows, types }: CheckedGroup,
  parquet: string,
): Promise<void> {
  const columns = group.header.map(
    (name, index) => `CAST(c${index} AS ${types[index] ?? 'VARCHAR'}) AS ${identifier(name)}`,
  );
  const [written] = await duckdb.rows(
    `COPY (SELECT ${columns.join(', ')} FROM ${source(group, files, 'fail')})
     TO ${literal(parquet)} (${PARQUET_OPTIONS})`,
  );
  const count = Number(written?.Count);
  if (count !== rows) throw new RowCountError(rows, count);
}

/** Fewer or more rows were written than had been counted. Never expected; nothing is stored. */
export class RowCountError extends Error {
  override readonly name = 'RowCountError';
  readonly expected: number;
  readonly written: number;

  constructor(expected: number, written: number) {
    super(`${expected} rows were read but ${written} written; the output was not stored.`);
    this.expected = expected;
    this.written = written;
  }
}

/** Declared columns are matched by name, in any order; all of them, and no others. */
function headerMismatch(header: string[], columns: CsvSettings['columns']): HeaderError | null {
  if (!columns) return null;
  const declared = Object.keys(columns);
  const missing = declared.filter((name) => !header.includes(name));
  const unexpected = header.filter((name) => !declared.includes(name));
  if (missing.length === 0 && unexpected.length === 0) return null;
  const parts = [
    ...(missing.length > 0 ? [`missing: ${listed(missing)}`] : []),
    ...(unexpected.length > 0 ? [`not declared: ${listed(unexpected)}`] : []),
  ];
  return new HeaderError(`The header is not the one that the route declares; ${parts.join('; ')}.`);
}

function listed(names: string[]): string {
  const shown = names.slice(0, 10).map((name) => JSON.stringify(name.slice(0, 60)));
  return names.length > 10 ? `${shown.join(', ')} and ${names.length - 10} more` : shown.join(', ');
}
