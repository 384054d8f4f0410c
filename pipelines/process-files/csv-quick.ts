import type { CsvSettings } from '../../src/core/policy.ts';
import { misfit, surelyFits } from './column-fit.ts';
import { guessTypesFrom } from './column-types.ts';
import { declaredTypes, tooNarrow } from './csv-check.ts';
import { type CsvGroup, quickSource } from './csv-source.ts';
import { type Duckdb, identifier, literal, withDuckdb } from './duckdb.ts';

/** Columns checked at most: the time to plan a query grows with the square. */
const CHECKED_COLUMNS_MAX = 64;

/**
 * Writes a group's Parquet file in one reading, which fails at the first row or value that does not fit. Resolves with
 * the number of rows; null where the files have to be looked at one by one, because something does not fit, or because
 * their rows could not be counted beforehand or were counted differently. What lies at `parquet` means nothing then.
 */
export async function convertQuickly(
  group: CsvGroup,
  settings: CsvSettings,
  parquet: string,
): Promise<number | null> {
  const expected = rowsOf(group);
  if (expected === null || expected === 0) return null;
  try {
    const declared = declaredTypes(group.header, settings.columns);
    return await withDuckdb(async (duckdb) => {
      const types = declared ?? (await guessTypesFrom(duckdb, group, quickSource(group, group.files)));
      const checked = types.filter((type) => type !== 'VARCHAR').length;
      if (checked > CHECKED_COLUMNS_MAX) return null;
      const rows = await write(duckdb, group, types, declared !== null, parquet);
      return rows === expected ? rows : null;
    });
  } catch {
    // Whatever it was: the reading file by file meets it again and says which file and which row.
    return null;
  }
}

/** Rows that are counted in the files themselves, or null. */
function rowsOf({ files }: CsvGroup): number | null {
  let sum = 0;
  for (const { rows } of files) {
    if (rows === null) return null;
    sum += rows;
  }
  return sum;
}

async function write(
  duckdb: Duckdb,
  group: CsvGroup,
  types: readonly (string | null)[],
  isDeclared: boolean,
  parquet: string,
): Promise<number> {
  const isCast = (type: string | null): type is string => type !== null && type !== 'VARCHAR';
  const casts = types.flatMap((type, column) =>
    isCast(type) ? [`try_cast(c${column} AS ${type}) AS v${column}`] : [],
  );
  const columns = group.header.map((name, column) => {
    const type = types[column] ?? null;
    return `${checked(column, type, isDeclared)} AS ${identifier(name)}`;
  });
  const [written] = await duckdb.rows(
    `COPY (SELECT ${columns.join(', ')} FROM (SELECT ${['*', ...casts].join(', ')} FROM ${quickSource(group, group.files)}))
     TO ${literal(parquet)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  return Number(written?.Count);
}

/** SQL for a column's value, which fails the query where the text does not fit its type. */
function checked(column: number, type: string | null, isDeclared: boolean): string {
  const text = `c${column}`;
  if (type === 'VARCHAR') return text;
  const refused = `CAST(error('${text} does not fit') AS ${type ?? 'VARCHAR'})`;
  // A column without a value in the sample.
  if (type === null) return `CASE WHEN ${text} IS NULL THEN NULL ELSE ${refused} END`;
  const value = `v${column}`;
  const sure = surelyFits(text, value, type, !isDeclared);
  const wrong = isDeclared ? misfit(column, type) : tooNarrow(column, type);
  return [
    `CASE WHEN ${text} IS NULL THEN NULL`,
    ...(sure === null ? [] : [`WHEN ${sure} THEN ${value}`]),
    `WHEN NOT ${wrong} THEN ${value} ELSE ${refused} END`,
  ].join(' ');
}
