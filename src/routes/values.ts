import { CronInvalidError, isTimezone, parseCron } from '../core/cron.ts';
import { bucketNameFault } from './bucket-name.ts';
import { COLUMN_TYPES_EXPECTED, columnType, nearestColumnType } from './column-type.ts';
import type { Bucket, PipelineSetting } from './configuration.ts';
import { didYouMean, listed, nearest } from './nearest.ts';
import { type Pattern, PatternInvalidError, parsePattern } from './pattern.ts';
import { nearestDuration, parseDuration, parseSize } from './quantities.ts';
import { meant, type Reader, type Reading, readName, readText, refused } from './reading.ts';

const SECOND_MS = 1_000;
const MAX_WINDOW_MS = 14 * 24 * 3_600_000;
/** 1 PiB: far above any batch, far below where whole numbers end. */
const MAX_BYTES = 2 ** 50;
/** They are frozen into windows and handed to every execution, which has 256 KiB for all of its input. */
const MAX_PARAMETERS_BYTES = 16_384;
const ARN =
  /^arn:aws[a-z-]*:states:[a-z0-9-]+:\d{12}:stateMachine:([A-Za-z0-9_-]{1,80})(:[A-Za-z0-9_.-]{1,80})?$/;

export function readDuration(value: unknown): Reading<number> {
  const expected = 'a time from 1s to 14d, such as 30s, 5m, 1h or 2d';
  const ms = typeof value === 'string' ? parseDuration(value) : null;
  if (ms !== null && ms >= SECOND_MS && ms <= MAX_WINDOW_MS) return meant(ms);
  const text = ms === null && (typeof value === 'string' || typeof value === 'number') ? String(value) : '';
  const suggestion = nearestDuration(text);
  return refused(expected, suggestion === null ? null : `Did you mean ${suggestion}?`);
}

export function readBytes(value: unknown): Reading<number> {
  const expected = 'a size from 1B to 1024TiB, such as 64KiB, 10MB or 1GiB';
  const bytes = typeof value === 'string' ? parseSize(value) : value;
  if (typeof bytes === 'number' && Number.isInteger(bytes) && bytes >= 1 && bytes <= MAX_BYTES)
    return meant(bytes);
  const loose = typeof value === 'string' ? /^(\d+)\s*([kmgt])(b?)/i.exec(value) : null;
  if (loose === null || bytes !== null) return refused(expected);
  return refused(
    expected,
    `Did you mean ${loose[1]}${loose[2]?.toUpperCase()}${loose[3] === '' ? 'i' : ''}B?`,
  );
}

/** The name of a bucket as routes.yml calls it. */
export function readBucket(buckets: readonly Bucket[]): Reader<string> {
  const names = buckets.map(({ name }) => name);
  const read = readName('a bucket declared in buckets', names);
  return (value) => {
    const result = read(value);
    const bucket = buckets.find(({ existing }) => existing !== undefined && existing === value);
    if (result.ok || bucket === undefined) return result;
    return refused(result.expected, `This file calls it ${bucket.name}.`);
  };
}

export function readBucketName(value: unknown): Reading<string> {
  const text = readText('the name of an existing bucket')(value);
  if (!text.ok) return text;
  const fault = bucketNameFault(text.meaning);
  return fault === null ? text : refused(`a bucket name by the rules of S3; ${fault}`);
}

export function readCron(value: unknown): Reading<string> {
  const text = readText('a cron expression in quotes, such as "0 18 ? * MON-FRI *"')(value);
  if (!text.ok) return text;
  try {
    parseCron(text.meaning, 'UTC');
    return text;
  } catch (error) {
    if (!(error instanceof CronInvalidError)) throw error;
    const where =
      error.field === 'expression' ? '' : ` in ${error.field}, not ${JSON.stringify(error.value)}`;
    return refused(`${error.expected}${where}`, error.hint ?? null);
  }
}

export function readTimezone(value: unknown): Reading<string> {
  const text = readText('an IANA time zone, such as UTC or Europe/Paris')(value);
  if (!text.ok || isTimezone(text.meaning)) return text;
  const zones = ['UTC', ...Intl.supportedValuesOf('timeZone')];
  const city = zones.find((zone) => zone.toLowerCase().endsWith(`/${text.meaning.toLowerCase()}`));
  const zone = city ?? nearest(text.meaning, zones);
  return refused(
    'an IANA time zone, such as UTC or Europe/Paris',
    zone === null ? null : `Did you mean ${zone}?`,
  );
}

export function readPrefix(value: unknown): Reading<{ prefix: string; pattern: Pattern }> {
  const text = readText('the beginning of keys, such as sales/ or partners/{partner}/; "" for all keys')(
    value,
  );
  if (!text.ok) return text;
  try {
    return meant({ prefix: text.meaning, pattern: parsePattern(text.meaning) });
  } catch (error) {
    if (error instanceof PatternInvalidError) return refused(error.expected);
    throw error;
  }
}

export function readOutputPrefix(value: unknown): Reading<string> {
  const expected = 'the beginning of keys without {variables}, ending in a slash, such as sales/';
  const prefix = readPrefix(value);
  if (!prefix.ok)
    return refused(expected, typeof value === 'string' ? `It has to be ${prefix.expected}.` : prefix.hint);
  const { pattern, prefix: text } = prefix.meaning;
  if (pattern.segments.some((segment) => segment.kind === 'variable')) return refused(expected);
  return pattern.tail === '' ? meant(text) : refused(expected, `Did you mean "${text}/"?`);
}

export function readSuffix(value: unknown): Reading<string> {
  const expected = 'the end of a key, such as .csv';
  const text = readText(expected)(value);
  if (!text.ok) return text;
  const ending = text.meaning;
  if (ending.includes('*')) {
    const plain = ending.replace(/^.*\*/, '');
    return refused(
      expected,
      plain === '' ? 'Leave suffixes out to take every key.' : `Did you mean "${plain}"?`,
    );
  }
  const usable = ending !== '' && Buffer.byteLength(ending) <= 1_000 && !/[{}\p{Cc}\p{Cs}]/u.test(ending);
  return usable ? text : refused(expected);
}

export function readColumnType(value: unknown): Reading<string> {
  const type = typeof value === 'string' ? columnType(value) : null;
  if (type !== null) return meant(type);
  const near = typeof value === 'string' ? nearestColumnType(value) : null;
  return refused(COLUMN_TYPES_EXPECTED, near === null ? null : `Did you mean ${near}?`);
}

/** What column names should be and are not, or null. DuckDB takes names that differ only in case for one. */
export function columnNamesExpected(names: readonly string[]): string | null {
  if (names.length === 0) return 'at least one column; without csv.columns types are found out';
  if (names.some((name) => name.trim() === '')) return 'a name for every column';
  const first = new Map<string, string>();
  for (const name of names) {
    const other = first.get(name.toLowerCase());
    if (other !== undefined) return `names that differ in more than case, not ${other} and ${name}`;
    first.set(name.toLowerCase(), name);
  }
  return null;
}

export function readDelimiter(value: unknown): Reading<string> {
  const expected = 'one character between values, such as ";" or "\\t" in double quotes';
  if (typeof value !== 'string' || [...value].length !== 1) return refused(expected);
  return /[\p{L}\p{N}"'\r\n\0\\]/u.test(value)
    ? refused(`${expected}; no letter, digit, quote or line end`)
    : meant(value);
}

export function readParameters(value: unknown): Reading<Record<string, unknown>> {
  const expected = `a mapping of at most ${MAX_PARAMETERS_BYTES.toLocaleString('en')} bytes as JSON`;
  if (!isMapping(value)) return refused(expected);
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes <= MAX_PARAMETERS_BYTES) return meant(value);
  return refused(
    expected,
    `It takes ${bytes.toLocaleString('en')}: put it into an object and name its key here.`,
  );
}

export function readPipeline(pipelines: readonly string[]): Reader<PipelineSetting> {
  const known = pipelines.length === 0 ? '; there are none in pipelines/' : `: ${listed(pipelines)}`;
  const expected = `the name of a pipeline${known}; or { stateMachineArn: … }`;
  return (value) => {
    if (typeof value === 'string') {
      if (pipelines.includes(value)) return meant({ name: value });
      if (value.startsWith('arn:')) return refused(expected, `Write { stateMachineArn: "${value}" }.`);
      return refused(expected, didYouMean(value, pipelines).hint);
    }
    if (!isMapping(value)) return refused(expected);
    const { stateMachineArn, ...others } = value;
    if (Object.keys(others).length > 0) return refused('{ stateMachineArn: … } and no other key');
    if (typeof stateMachineArn === 'string' && ARN.test(stateMachineArn)) return meant({ stateMachineArn });
    return refused('stateMachineArn: arn:aws:states:<region>:<account>:stateMachine:<name>');
  };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
