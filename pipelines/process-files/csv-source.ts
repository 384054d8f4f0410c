import type { CsvFile } from './csv-file.ts';
import { literal } from './duckdb.ts';

/** Files of one unit with the same header: they become one Parquet file. */
export interface CsvGroup {
  header: string[];
  delimiter: string;
  skip: number;
  files: readonly CsvFile[];
}

/** What files must have in common to be read together. */
export function groupName({
  header,
  delimiter,
  skip,
}: Pick<CsvGroup, 'header' | 'delimiter' | 'skip'>): string {
  return JSON.stringify([header, delimiter, skip]);
}

/**
 * What rows that do not have the header's shape do: fail the query, or stay out of the result, either without a word
 * (`skip`) or recorded in DuckDB's reject tables (`record`).
 */
type BadRowHandling = 'fail' | 'skip' | 'record';

/**
 * SQL that reads files of a group as text. Columns are called `c0`, `c1` …, so that no name from a file can clash
 * with anything; `file` is the path. Nothing is detected: detection reads ragged files wrongly, and slowly.
 */
export function source(group: CsvGroup, files: readonly CsvFile[], bad: BadRowHandling): string {
  return sourceAt(
    { ...group, files },
    files.map(({ path }) => path),
    bad,
  );
}

/**
 * The same for all files of a group where they lie now: packed ones in their packs. In the order of the files.
 * @param types of columns that are read as something else than text
 */
export function quickSource(group: CsvGroup, types: readonly (string | null)[] = []): string {
  const paths = new Set(group.files.map(({ path, packed }) => packed?.path ?? path));
  return sourceAt(group, [...paths], 'fail', types);
}

function sourceAt(
  group: CsvGroup,
  paths: readonly string[],
  bad: BadRowHandling,
  types: readonly (string | null)[] = [],
): string {
  const columns = group.header
    .map((_name, index) => `'c${index}': '${types[index] ?? 'VARCHAR'}'`)
    .join(', ');
  const options = [
    'auto_detect = false',
    'header = true',
    `skip = ${group.skip}`,
    `delim = ${literal(group.delimiter)}`,
    `quote = '"'`,
    `escape = '"'`,
    `filename = 'file'`,
    ...(group.files.some(({ undivided }) => undivided) ? ['parallel = false'] : []),
    // No limit: a file whose bad rows went unrecorded would lose them without a word.
    ...(bad === 'skip' ? ['ignore_errors = true'] : []),
    ...(bad === 'record' ? ['store_rejects = true', 'rejects_limit = 0'] : []),
  ];
  return `read_csv([${paths.map(literal).join(', ')}], columns = {${columns}}, ${options.join(', ')})`;
}
