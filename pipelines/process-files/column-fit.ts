import { columnType } from '../../src/routes/column-type.ts';
import { HeaderError } from './failure.ts';

/**
 * Which texts a column's type takes over without loss, as SQL. DuckDB's own casts are no judge of that: they
 * round 2.5 to an integer, cut the time off a date, drop a time zone and read 1_0.5 as 10.5, all without a word.
 */

const INTEGERS = /^U?(TINY|SMALL|BIG)?INT(EGER)?$/;
const DATE = '[0-9]{4,6}-[0-9]{1,2}-[0-9]{1,2}';
/** Digits of a second that a type keeps. */
const SECOND_DIGITS: Record<string, number> = { TIMESTAMP_S: 0, TIMESTAMP_MS: 3, TIMESTAMP_NS: 9 };
/** An offset of any place at any time, or a zone's name: what comes of others is a guess. */
const ZONE = '(Z|[+-](0[0-9]|1[0-5])(:?[0-5][0-9](:[0-5][0-9])?)?| [A-Za-z][A-Za-z0-9_+/-]*)';
const time = (digits: number) => `[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{0,${digits}}0*)?)?`;

/** True for a text (never NULL) that `type` takes over as it is. */
export function fits(column: string, type: string): string {
  const casts = `try_cast(${column} AS ${type}) IS NOT NULL`;
  const decimal = /^DECIMAL\(\d+,(\d+)\)$/.exec(type);
  if (type === 'VARCHAR') return 'true';
  if (INTEGERS.test(type)) return both(column, ' *[+-]?[0-9]+(\\.0*)? *', casts);
  if (decimal) return both(column, ` *[+-]?[0-9]*(\\.[0-9]{0,${decimal[1]}}0*)? *`, casts);
  if (type === 'FLOAT' || type === 'DOUBLE') return fitsFloating(column, type);
  if (type === 'DATE') return both(column, ` *${DATE} *`, casts);
  if (type === 'TIME') return both(column, ` *${time(6)} *`, casts);
  if (type === 'TIMESTAMPTZ') return both(column, ` *${DATE}([ T]${time(6)}${ZONE}?)? *`, casts);
  if (type.startsWith('TIMESTAMP')) {
    return both(column, ` *${DATE}([ T]${time(SECOND_DIGITS[type] ?? 6)}Z?)? *`, casts);
  }
  return casts;
}

/** Digits beyond a type's own are rounded, as everywhere; what becomes infinite or nothing by that does not fit. */
function fitsFloating(column: string, type: 'FLOAT' | 'DOUBLE'): string {
  const value = `try_cast(${column} AS ${type})`;
  const isNothing = `${value} = 0 AND NOT regexp_full_match(${column}, '[^1-9]*([eE].*)?')`;
  const isNamed = `regexp_full_match(lower(${column}), ' *[+-]?(nan|inf(inity)?) *')`;
  return `(${value} IS NOT NULL AND NOT contains(${column}, '_') AND NOT (${isNothing}) AND (isfinite(${value}) OR ${isNamed}))`;
}

/** True for a text in column `c<column>` that its declared type would change or refuse. */
export function misfit(column: number, type = 'VARCHAR'): string {
  return `(c${column} IS NOT NULL AND NOT ${fits(`c${column}`, type)})`;
}

/** Types tried for a column that the route does not declare, narrowest first; a text that fits none is a VARCHAR. */
export const INFERRED_TYPES = ['BOOLEAN', 'BIGINT', 'DOUBLE', 'DATE', 'TIMESTAMP'] as const;

export type InferredType = (typeof INFERRED_TYPES)[number];

export function isInferred(type: string): type is InferredType {
  return INFERRED_TYPES.some((inferred) => inferred === type);
}

/**
 * As {@link fits}, for inference: only spellings that the type gives back as they were. 007 stays a text, as do
 * fractions, and integers among them, of more than the 15 digits that a DOUBLE always gives back.
 */
export function fitsInferred(column: string, type: InferredType): string {
  const casts = `try_cast(${column} AS ${type}) IS NOT NULL`;
  switch (type) {
    case 'BOOLEAN':
      return `(lower(${column}) IN ('true', 'false'))`;
    case 'BIGINT':
      return both(column, '-?(0|[1-9][0-9]{0,17})', null);
    case 'DOUBLE':
      return `(${significantDigits(column)} <= 15 AND ${both(column, '-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]{1,2})?', null)})`;
    case 'DATE':
      return both(column, '[0-9]{4}-[0-9]{2}-[0-9]{2}', casts);
    case 'TIMESTAMP':
      return both(column, `[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]${time(6)}`, casts);
    default:
      return 'false';
  }
}

/**
 * True only for texts that {@link fits} and {@link fitsInferred} take too, and several times as fast: `value` is the
 * column cast to `type`, and gives back the very text. Null where there is nothing faster.
 */
export function surelyFits(column: string, value: string, type: string, isGuessed: boolean): string | null {
  const sameText = `CAST(${value} AS VARCHAR) = ${column}`;
  // 18 digits at most are a number when guessed.
  if (INTEGERS.test(type)) return isGuessed ? `(length(${column}) <= 18 AND ${sameText})` : sameText;
  // Neither infinity, nor before Christ, nor beyond the year 9999.
  if (type === 'DATE') return `(length(${column}) = 10 AND ${sameText})`;
  if (type.startsWith('TIMESTAMP') && type !== 'TIMESTAMPTZ') {
    return `(length(${column}) BETWEEN 19 AND 29 AND substr(${column}, 5, 1) = '-' AND substr(${column}, 14, 1) = ':' AND ${sameText})`;
  }
  if (isGuessed) return null;
  if (type === 'FLOAT' || type === 'DOUBLE') {
    return `(isfinite(${value}) AND ${value} <> 0 AND NOT contains(${column}, '_'))`;
  }
  return type === 'TIME' || type.startsWith('DECIMAL') ? sameText : null;
}

/**
 * A route's declared type as DuckDB spells it. Parquet has no 128-bit integers, and DuckDB would write them as
 * DOUBLE, losing digits: a HUGEINT becomes a DECIMAL(38,0).
 * @throws HeaderError for one that is not supported
 */
export function declaredType(column: string, text: string): string {
  const type = columnType(text);
  if (type === null)
    throw new HeaderError(`The route declares column "${column}" as ${text}, which is no supported type.`);
  return type === 'HUGEINT' ? 'DECIMAL(38,0)' : type;
}

/** Of a number that is written like one: without sign, point, exponent and leading zeros. */
function significantDigits(column: string): string {
  return `length(ltrim(replace(split_part(lower(${column}), 'e', 1), '.', ''), '-0'))`;
}

function both(column: string, pattern: string, casts: string | null): string {
  const matches = `regexp_full_match(${column}, '${pattern}')`;
  return casts ? `(${matches} AND ${casts})` : matches;
}
