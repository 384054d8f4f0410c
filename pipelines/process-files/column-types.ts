import { fitsInferred, INFERRED_TYPES } from './column-fit.ts';
import type { CsvFile } from './csv-file.ts';
import { type CsvGroup, source } from './csv-source.ts';
import type { Duckdb } from './duckdb.ts';

/** A first guess is made from so many rows of so many files; every row is checked against it afterwards. */
const SAMPLE_ROWS = 2_000;
const SAMPLE_FILES = 10;

/** The narrowest type that takes over every text of a column's sample; null where there is no text. */
export async function guessTypes(duckdb: Duckdb, group: CsvGroup): Promise<(string | null)[]> {
  const files = group.files.slice(0, SAMPLE_FILES);
  const sample = `(SELECT * FROM ${source(group, files, 'skip')} LIMIT ${SAMPLE_ROWS})`;
  return narrowest(
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

async function narrowest(
  duckdb: Duckdb,
  from: string,
  columns: readonly number[],
): Promise<(string | null)[]> {
  if (columns.length === 0) return [];
  const counts = columns.flatMap((column) => [
    `count(c${column})::INTEGER AS n${column}`,
    ...INFERRED_TYPES.map(
      (type) => `count(*) FILTER (NOT ${fitsInferred(`c${column}`, type)})::INTEGER AS m${column}_${type}`,
    ),
  ]);
  const [row = {}] = await duckdb.rows(`SELECT ${counts.join(', ')} FROM ${from}`);
  return columns.map((column) => {
    if (row[`n${column}`] === 0) return null;
    return INFERRED_TYPES.find((type) => row[`m${column}_${type}`] === 0) ?? 'VARCHAR';
  });
}
