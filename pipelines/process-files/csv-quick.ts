import { isDeepStrictEqual } from 'node:util';
import type { CsvSettings } from '../../src/core/policy.ts';
import { misfit, surelyFits } from './column-fit.ts';
import { guessTypesFrom } from './column-types.ts';
import { declaredTypes, tooNarrow } from './csv-check.ts';
import { type CsvFile, scanRest } from './csv-file.ts';
import { type CsvGroup, quickSource } from './csv-source.ts';
import { isReadAs, NO_VALUE, typeOf } from './csv-spelling.ts';
import { type Duckdb, identifier, literal, PARQUET_OPTIONS, withDuckdb } from './duckdb.ts';

/** Columns checked at most: the time to plan a query grows with the square. */
const CHECKED_COLUMNS_MAX = 64;

/**
 * Writes a group's Parquet file in one reading, which fails at the first row or value that does not fit. Resolves with
 * the number of rows; null where the files have to be looked at one by one, because something does not fit, or because
 * their rows could not be counted beforehand or were counted differently. What lies at `parquet` means nothing then.
 *
 * Files that wait to be scanned are scanned while DuckDB reads them; should the scan tell otherwise than the files that
 * were scanned before let expect, what was written is thrown away and they are read again.
 */
export async function convertQuickly(
  group: CsvGroup,
  settings: CsvSettings,
  parquet: string,
): Promise<number | null> {
  try {
    const declared = declaredTypes(group.header, settings.columns);
    return await withDuckdb(async (duckdb) => {
      const early = earlyPlan(group, declared);
      const reading = early && write(duckdb, group, early, parquet).catch(() => null);
      const files = await scanRest(group.files);
      const rows = await reading;
      const scanned = { ...group, files };
      const expected = rowsOf(scanned);
      if (expected === null || expected === 0) return null;
      const plan = planOf(scanned, declared) ?? (await guessedPlan(duckdb, scanned));
      if (!isChecked(plan)) return null;
      const isDone = early !== null && isDeepStrictEqual(plan, early);
      const count = isDone ? rows : await write(duckdb, scanned, plan, parquet);
      return count === expected ? count : null;
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

/** By column. */
interface Plan {
  types: readonly (string | null)[];
  isDeclared: boolean;
  /** What DuckDB reads a column as, where nothing about its values is left to check; null for text. */
  readAs: readonly (string | null)[];
}

/** A plan by the files that were scanned so far, if all others wait; null where these do not tell enough. */
function earlyPlan(group: CsvGroup, declared: string[] | null): Plan | null {
  const isWaiting = ({ unscanned }: CsvFile) => unscanned !== undefined;
  const known = group.files.filter((file) => !isWaiting(file));
  if (known.length === 0 || known.length === group.files.length) return null;
  if (known.some(({ rows }) => rows === null)) return null;
  const plan = planOf({ ...group, files: known }, declared);
  return plan && isChecked(plan) ? plan : null;
}

/** Null where the types are neither declared nor told by how the values are written. */
function planOf(group: CsvGroup, declared: string[] | null): Plan | null {
  const spellings = spellingsOf(group);
  if (declared) return { types: declared, isDeclared: true, readAs: readTypes(declared, spellings) };
  const told = spellings.map(typeOf);
  const types = told.filter((type) => type !== undefined);
  return types.length < told.length
    ? null
    : { types, isDeclared: false, readAs: readTypes(types, spellings) };
}

/** Types by how the values are written, and for columns of which that does not tell it, by a sample. */
async function guessedPlan(duckdb: Duckdb, group: CsvGroup): Promise<Plan> {
  const spellings = spellingsOf(group);
  const guessed = await guessTypesFrom(duckdb, group, quickSource(group));
  const types = spellings.map((bits, column) => {
    const told = typeOf(bits);
    return told === undefined ? (guessed[column] ?? null) : told;
  });
  return { types, isDeclared: false, readAs: readTypes(types, spellings) };
}

function isChecked({ types, readAs }: Plan): boolean {
  const checked = types.filter((type, column) => type !== 'VARCHAR' && !readAs[column]);
  return checked.length <= CHECKED_COLUMNS_MAX;
}

/** Bits of SPELLED that all values of a column have, in whichever file. */
function spellingsOf({ header, files }: CsvGroup): number[] {
  const common = header.map(() => NO_VALUE);
  for (const { spellings } of files) {
    for (const column of common.keys()) common[column] = (common[column] ?? 0) & (spellings?.[column] ?? 0);
  }
  return common;
}

function readTypes(types: readonly (string | null)[], spellings: readonly number[]): (string | null)[] {
  return types.map((type, column) => (type !== null && isReadAs(type, spellings[column] ?? 0) ? type : null));
}

async function write(
  duckdb: Duckdb,
  group: CsvGroup,
  { types, isDeclared, readAs }: Plan,
  parquet: string,
): Promise<number> {
  const isCast = (type: string | null, column: number): type is string =>
    type !== null && type !== 'VARCHAR' && !readAs[column];
  const casts = types.flatMap((type, column) =>
    isCast(type, column) ? [`try_cast(c${column} AS ${type}) AS v${column}`] : [],
  );
  const columns = group.header.map((name, column) => {
    const value = readAs[column] ? `c${column}` : checked(column, types[column] ?? null, isDeclared);
    return `${value} AS ${identifier(name)}`;
  });
  const [written] = await duckdb.rows(
    `COPY (SELECT ${columns.join(', ')} FROM (SELECT ${['*', ...casts].join(', ')} FROM ${quickSource(group, readAs)}))
     TO ${literal(parquet)} (${PARQUET_OPTIONS})`,
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
