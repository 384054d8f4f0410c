import { nearest } from './nearest.ts';

/** DuckDB's types that a CSV column can be read as and Parquet can hold. */
const TYPES = [
  'VARCHAR',
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'HUGEINT',
  'UTINYINT',
  'USMALLINT',
  'UINTEGER',
  'UBIGINT',
  'FLOAT',
  'DOUBLE',
  'DATE',
  'TIME',
  'TIMESTAMP',
  'TIMESTAMP_S',
  'TIMESTAMP_MS',
  'TIMESTAMP_NS',
  'TIMESTAMPTZ',
  'UUID',
] as const;

/** Other words for the same types; named in errors, so that one type has one word in every file. */
const OTHER_WORDS: Record<string, string> = {
  BOOL: 'BOOLEAN',
  CHAR: 'VARCHAR',
  DATETIME: 'TIMESTAMP',
  DECIMAL: 'DECIMAL(18,3)',
  INT: 'INTEGER',
  INT1: 'TINYINT',
  INT2: 'SMALLINT',
  INT4: 'INTEGER',
  INT8: 'BIGINT',
  LONG: 'BIGINT',
  NUMBER: 'DOUBLE',
  NUMERIC: 'DECIMAL(18,3)',
  REAL: 'FLOAT',
  SHORT: 'SMALLINT',
  STRING: 'VARCHAR',
  TEXT: 'VARCHAR',
  'TIMESTAMP WITH TIME ZONE': 'TIMESTAMPTZ',
};

/** What an error says; docs/routes.md has them all. */
export const COLUMN_TYPES_EXPECTED =
  'a DuckDB type such as VARCHAR, BOOLEAN, INTEGER, BIGINT, DOUBLE, DECIMAL(18,2), DATE, TIMESTAMP or TIMESTAMPTZ';

/** The type in the spelling that DuckDB prints; null when it is none of ours. */
export function columnType(text: string): string | null {
  const upper = text.trim().toUpperCase();
  if (TYPES.some((type) => type === upper)) return upper;
  const decimal = /^DECIMAL\s*\(\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\)$/.exec(upper);
  if (decimal === null) return null;
  const [width, scale] = [Number(decimal[1]), Number(decimal[2])];
  return width >= 1 && width <= 38 && scale <= width ? `DECIMAL(${width},${scale})` : null;
}

/** The type that was probably meant, or null. */
export function nearestColumnType(text: string): string | null {
  const upper = text.trim().toUpperCase();
  if (/^(DECIMAL|NUMERIC)\s*\(/.test(upper)) return 'DECIMAL(18,3)';
  const base = upper.replace(/\(.*$/, '');
  const word = nearest(base, [...TYPES, ...Object.keys(OTHER_WORDS)]);
  return word === null ? null : (OTHER_WORDS[word] ?? word);
}
