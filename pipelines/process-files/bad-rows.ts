import { misfit } from './column-fit.ts';
import type { CsvFile } from './csv-file.ts';
import { type CsvRecord, records } from './csv-records.ts';
import { type CsvGroup, source } from './csv-source.ts';
import type { Duckdb } from './duckdb.ts';
import { cut } from './excerpt.ts';
import { BAD_ROWS_MAX, type BadRow, BadRowsError } from './failure.ts';

/** What DuckDB said about a file that does not fit. */
export interface BadRowsHints {
  /** Of the columns; VARCHAR takes everything. */
  types: readonly string[];
  /** Indexes of the columns with values that do not fit. */
  misfitColumns: readonly number[];
  /** Rows without the header's shape: the first of them, by number of the record, and how many there are. */
  rejects: { first: { number: number; problem: string }[]; count: number };
}

/**
 * Names a file's bad rows by line. DuckDB counts records and not lines, and tells nothing of values that its casts
 * would change; so the file is read once more, record by record, up to the last row that is named.
 */
export async function badRows(
  duckdb: Duckdb,
  group: CsvGroup,
  file: CsvFile,
  hints: BadRowsHints,
): Promise<BadRowsError> {
  const rejects = new Map(hints.rejects.first.map(({ number, problem }) => [number, problem]));
  const misfits = await misfitValues(duckdb, group, file, hints);
  const count = hints.rejects.count + (await misfitCount(duckdb, group, file, hints));
  const found: BadRow[] = [];
  const wanted = Math.min(BAD_ROWS_MAX, count);
  for await (const record of records(file.path, file.delimiter)) {
    const { number, line } = record;
    const reject = rejects.get(number);
    rejects.delete(number);
    if (reject !== undefined) found.push({ line, problem: reject });
    else if (number > file.skip + 1) found.push(...misfitRow(group.header, hints.types, misfits, record));
    if (found.length >= wanted) break;
  }
  // What the two readers of the file count differently is still named, by DuckDB's number.
  for (const [number, problem] of rejects) found.push({ line: number, problem });
  return new BadRowsError(found.slice(0, BAD_ROWS_MAX), count);
}

/** Rows with a value that does not fit, each counted once. */
async function misfitCount(
  duckdb: Duckdb,
  group: CsvGroup,
  file: CsvFile,
  { types, misfitColumns }: BadRowsHints,
): Promise<number> {
  if (misfitColumns.length === 0) return 0;
  const tests = misfitColumns.map((column) => misfit(column, types[column]));
  const [row] = await duckdb.rows(
    `SELECT count(*)::DOUBLE AS n FROM ${source(group, [file], 'skip')} WHERE ${tests.join(' OR ')}`,
  );
  return Number(row?.n ?? 0);
}

/** Up to 50 different texts of each column that its type does not take over. */
async function misfitValues(
  duckdb: Duckdb,
  group: CsvGroup,
  file: CsvFile,
  { types, misfitColumns }: BadRowsHints,
): Promise<Map<number, Set<string>>> {
  const values = new Map<number, Set<string>>();
  for (const column of misfitColumns) {
    const name = `c${column}`;
    const rows = await duckdb.rows(
      `SELECT DISTINCT ${name} AS value FROM ${source(group, [file], 'skip')}
       WHERE ${misfit(column, types[column])} LIMIT ${BAD_ROWS_MAX}`,
    );
    values.set(column, new Set(rows.map(({ value }) => String(value))));
  }
  return values;
}

/** One entry for a row with misfits: its first. */
function misfitRow(
  header: readonly string[],
  types: readonly string[],
  misfits: ReadonlyMap<number, Set<string>>,
  { line, fields }: CsvRecord,
): BadRow[] {
  if (fields.length !== header.length) return [];
  const column = fields.findIndex((value, index) => misfits.get(index)?.has(value));
  if (column === -1) return [];
  const value = JSON.stringify(cut(fields[column] ?? '', 80));
  return [{ line, column: header[column] ?? '', problem: `${value} is not a ${types[column]}` }];
}
