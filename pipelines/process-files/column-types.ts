import { fitsInferred, INFERRED_TYPES } from './column-fit.ts';
import type { CsvFile } from './csv-file.ts';
import { type CsvGroup, source } from './csv-source.ts';
import type { Duckdb } from './duckdb.ts';

/** A first guess is made from so many values of so many files; every row is checked against it afterwards. */
const SAMPLE_VALUES = 50_000;
const SAMPLE_ROWS_MAX = 2_000;
const SAMPLE_FILES = 10;

/** The narrowest type that takes over every text of a column's sample; null where there is no text. */
export async function guessTypes(duckdb: Duckdb, group: CsvGroup): Promise<(string | null)[]> {
  return await guessTypesFrom(duckdb, group, source(group, group.files.slice(0, SAMPLE_FILES), 'skip'));
}

/** The same from the first rows of any SQL with the group's columns. */
export async function guessTypesFrom(
  duckdb: Duckdb,
  group: CsvGroup,
  from: string,
): Promise<(string | null)[]> {
  const rows = Math.min(SAMPLE_ROWS_MAX, Math.ceil(SAMPLE_VALUES / group.header.length));
  const sample = `(SELECT * FROM ${from} LIMIT ${rows})`;
  return await narrowest(
    duckdb,
    sample,
    group.header.map((_name, index) => index),
  );
}

/** The narrowest type for every text of some columns of some files; VARCHAR where there is no text. */
export async function exactTypes(
  duckdb: Duckdb,
  group: CsvGroup,
  files: readonly CsvFile[],
  columns: readonly number[],
): Promise<string[]> {
  const types = await narrowest(duckdb, source(group, files, 'fail'), columns);
  return types.map((type) => type ?? 'VARCHAR');
}

/**
 * One row per value, so that the query stays as short for 2,000 columns as for two: DuckDB takes minutes to plan
 * thousands of expressions.
 */
async function narrowest(
  duckdb: Duckdb,
  from: string,
  columns: readonly number[],
): Promise<(string | null)[]> {
  if (columns.length === 0) return [];
  const bits = INFERRED_TYPES.map(
    (type, bit) => `CASE WHEN ${fitsInferred('v', type)} THEN ${2 ** bit} ELSE 0 END`,
  );
  const names = columns.map((column) => `c${column}`).join(', ');
  const rows = await duckdb.rows(
    `SELECT i::INTEGER AS i, bit_and(${bits.join(' + ')}) AS fitting
     FROM (SELECT unnest([${names}]) AS v, unnest(range(${columns.length})) AS i FROM ${from})
     WHERE v IS NOT NULL GROUP BY i`,
  );
  const fitting = new Map(rows.map((row) => [row.i, Number(row.fitting)]));
  return columns.map((_column, index) => {
    const types = fitting.get(index);
    if (types === undefined) return null;
    return INFERRED_TYPES.find((_type, bit) => (types & (2 ** bit)) !== 0) ?? 'VARCHAR';
  });
}
