import type { CsvSettings } from '../../src/core/policy.ts';
import { type BadRowsHints, badRows } from './bad-rows.ts';
import { declaredType, fitsInferred, isInferred, misfit } from './column-fit.ts';
import { exactTypes, guessTypes } from './column-types.ts';
import type { CsvFile } from './csv-file.ts';
import { type CsvGroup, source } from './csv-source.ts';
import type { Duckdb, Row } from './duckdb.ts';
import { BAD_ROWS_MAX, type Failure, failureOf } from './failure.ts';

/** Files of a group that can be taken over as they are, with the types of their columns. */
export interface CheckedGroup {
  files: CsvFile[];
  rows: number;
  /** One per column of the header. */
  types: string[];
  failures: Failure[];
}

/**
 * Looks at every row of a group: does it have the header's columns, and does each value fit its column's type?
 * Types are the declared ones, or the narrowest that fit all good files of the group.
 */
export async function checkGroup(
  duckdb: Duckdb,
  group: CsvGroup,
  settings: CsvSettings,
): Promise<CheckedGroup> {
  const declared = declaredTypes(group.header, settings.columns);
  const guessed = declared ?? (await guessTypes(duckdb, group));
  const tests = guessed.map((type, column) =>
    declared ? misfit(column, type ?? undefined) : tooNarrow(column, type),
  );
  const counts = await countRows(duckdb, group, tests);
  const rejects = await rejectsOf(duckdb);
  const isWhole = ({ path }: CsvFile) => !rejects.has(path);
  const whole = group.files.filter(isWhole);
  const types = declared ?? (await widened(duckdb, group, whole, guessed, counts));
  const isGood = ({ path }: CsvFile) => declared === null || !counts.get(path)?.columns.length;
  const files = whole.filter(isGood);
  const failures: Failure[] = [];
  for (const file of group.files) {
    if (isWhole(file) && isGood(file)) continue;
    const error = await badRows(duckdb, group, file, {
      types,
      misfitColumns: declared ? (counts.get(file.path)?.columns ?? []) : [],
      rejects: rejects.get(file.path) ?? { first: [], count: 0 },
    });
    failures.push(failureOf(file, error));
  }
  const rows = files.reduce((sum, { path }) => sum + (counts.get(path)?.rows ?? 0), 0);
  return { files, rows, types, failures };
}

/** True for a value for which a guessed type is too narrow; any value, where the sample had none to guess from. */
export function tooNarrow(column: number, type: string | null): string {
  if (type === null) return `c${column} IS NOT NULL`;
  return isInferred(type) ? `(c${column} IS NOT NULL AND NOT ${fitsInferred(`c${column}`, type)})` : 'false';
}

/** By the header's order. @throws HeaderError for a type that is not supported */
export function declaredTypes(header: string[], columns: CsvSettings['columns']): string[] | null {
  if (!columns) return null;
  return header.map((name) => declaredType(name, columns[name] ?? ''));
}

interface FileCounts {
  rows: number;
  /** Columns with a value that does not fit. */
  columns: number[];
}

/** Columns tested in one query: the time to plan it grows with the square. */
const TESTS_PER_QUERY = 64;

/** @param tests SQL that is true for a value that does not fit, one per column */
async function countRows(
  duckdb: Duckdb,
  group: CsvGroup,
  tests: readonly string[],
): Promise<Map<string, FileCounts>> {
  const counts = new Map<string, FileCounts>();
  for (let from = 0; from < tests.length; from += TESTS_PER_QUERY) {
    const some = tests.slice(from, from + TESTS_PER_QUERY);
    // Every column must be asked for once: DuckDB does not look at the shape of what it need not read.
    const shape = from === 0 ? group.header.map((_name, column) => `count(c${column})`) : [];
    const columns = [
      'count(*)::DOUBLE AS rows',
      ...some.map((test, index) => `bool_or(${test}) AS m${index}`),
      ...shape,
    ];
    const read = source(group, group.files, from === 0 ? 'record' : 'skip');
    for (const row of await duckdb.rows(`SELECT file, ${columns.join(', ')} FROM ${read} GROUP BY file`)) {
      addCounts(counts, row, from, some.length);
    }
  }
  return counts;
}

function addCounts(counts: Map<string, FileCounts>, row: Row, from: number, width: number): void {
  const known = counts.get(String(row.file)) ?? { rows: Number(row.rows), columns: [] };
  for (let index = 0; index < width; index += 1) {
    if (row[`m${index}`] === true) known.columns.push(from + index);
  }
  counts.set(String(row.file), known);
}

/** Guessed types, made wider in the columns where some value of a whole file did not fit. */
async function widened(
  duckdb: Duckdb,
  group: CsvGroup,
  files: readonly CsvFile[],
  guessed: readonly (string | null)[],
  counts: Map<string, FileCounts>,
): Promise<string[]> {
  const columns = new Set(files.flatMap(({ path }) => counts.get(path)?.columns ?? []));
  const wider = await exactTypes(duckdb, group, files, [...columns]);
  const byColumn = new Map([...columns].map((column, index) => [column, wider[index]]));
  return guessed.map((type, column) => byColumn.get(column) ?? type ?? 'VARCHAR');
}

/** Rows that DuckDB left out, by file: the first of each, and how many there are. */
async function rejectsOf(duckdb: Duckdb): Promise<Map<string, BadRowsHints['rejects']>> {
  const rows = await duckdb.rows(
    `SELECT file_path, line::DOUBLE AS number, error_message,
       (count(*) OVER (PARTITION BY file_path))::DOUBLE AS count
     FROM (SELECT DISTINCT ON (scan_id, file_id, line) * FROM reject_errors) JOIN reject_scans USING (scan_id, file_id)
     QUALIFY row_number() OVER (PARTITION BY file_path ORDER BY line) <= ${BAD_ROWS_MAX}
     ORDER BY file_path, line`,
  );
  const rejects = new Map<string, BadRowsHints['rejects']>();
  for (const row of rows) {
    const path = String(row.file_path);
    const known = rejects.get(path) ?? { first: [], count: Number(row.count) };
    known.first.push({ number: Number(row.number), problem: String(row.error_message).split('\n')[0] ?? '' });
    rejects.set(path, known);
  }
  return rejects;
}
