import type { CsvSettings } from '../../src/core/policy.ts';
import { type BadRowsHints, badRows } from './bad-rows.ts';
import { declaredType, fits, fitsInferred, isInferred } from './column-fit.ts';
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
  const tests = guessed.map((type, column) => (declared ? misfit(column, type) : tooNarrow(column, type)));
  const counts = await countRows(duckdb, group, tests);
  const rejects = await rejectsOf(duckdb);
  const isWhole = ({ path }: CsvFile) => !rejects.has(path);
  const whole = group.files.filter(isWhole);
  const types = declared ?? (await widened(duckdb, group, whole, guessed, counts));
  const isGood = ({ path }: CsvFile) => declared === null || !counts.get(path)?.misfits;
  const files = whole.filter(isGood);
  const failures: Failure[] = [];
  for (const file of group.files) {
    if (isWhole(file) && isGood(file)) continue;
    const count = declared ? counts.get(file.path) : undefined;
    const error = await badRows(duckdb, group, file, {
      types,
      misfits: count?.misfits ?? 0,
      misfitColumns: count?.columns ?? [],
      rejects: rejects.get(file.path) ?? { first: [], count: 0 },
    });
    failures.push(failureOf(file, error));
  }
  const rows = files.reduce((sum, { path }) => sum + (counts.get(path)?.rows ?? 0), 0);
  return { files, rows, types, failures };
}

/** True for a value that a declared type would change or refuse. */
function misfit(column: number, type: string | null): string {
  return `NOT ${fits(`c${column}`, type ?? 'VARCHAR')}`;
}

/** True for a value for which a guessed type is too narrow; any value, where the sample had none to guess from. */
function tooNarrow(column: number, type: string | null): string {
  if (type === null) return `c${column} IS NOT NULL`;
  return isInferred(type) ? `NOT ${fitsInferred(`c${column}`, type)}` : 'false';
}

/** By the header's order. */
function declaredTypes(header: string[], columns: CsvSettings['columns']): string[] | null {
  if (!columns) return null;
  return header.map((name) => declaredType(name, columns[name] ?? ''));
}

interface FileCounts {
  rows: number;
  /** Rows with a value that does not fit. */
  misfits: number;
  /** Columns with such a value. */
  columns: number[];
}

async function countRows(
  duckdb: Duckdb,
  group: CsvGroup,
  tests: readonly string[],
): Promise<Map<string, FileCounts>> {
  const counts = [
    'count(*)::DOUBLE AS rows',
    // A row is counted once. NULL OR true is true, so an empty field hides no other.
    `count(*) FILTER (${tests.join(' OR ')})::DOUBLE AS misfits`,
    ...tests.map((test, column) => `count(*) FILTER (${test})::DOUBLE AS m${column}`),
    // Every column must be asked for: DuckDB does not look at the shape of what it need not read.
    ...tests.map((_test, column) => `count(c${column})`),
  ];
  const read = `SELECT file, ${counts.join(', ')} FROM ${source(group, group.files, 'record')} GROUP BY file`;
  const rows = await duckdb.rows(read);
  return new Map(rows.map((row) => [String(row.file), countsOf(row, tests.length)]));
}

function countsOf(row: Row, width: number): FileCounts {
  const columns = Array.from({ length: width }, (_unused, column) => column);
  return {
    rows: Number(row.rows),
    misfits: Number(row.misfits),
    columns: columns.filter((column) => Number(row[`m${column}`]) > 0),
  };
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
