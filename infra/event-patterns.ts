import type { Route } from '../src/routes/configuration.ts';
import type { Pattern } from '../src/routes/pattern.ts';
import type { Text } from './template.ts';

/** What an EventBridge rule lets through: every "Object Created" of one bucket with one of these keys. */
export interface EventPattern {
  source: ['aws.s3'];
  'detail-type': ['Object Created'];
  detail: { bucket: { name: [Text] }; object?: { key: KeyFilter[] } };
}

export type KeyFilter = { prefix: string } | { suffix: string };

/** EventBridge's limit for an event pattern, in characters (EventBridge user guide, quotas). */
export const PATTERN_MAX = 2_048;
/** A bucket that the stack makes gets its name from CloudFormation; S3 allows 63 characters. */
const BUCKET_NAME_MAX = 63;
/** One prefix of a pattern at most, in characters of JSON; a longer one is cut, which lets a little more through. */
const PREFIX_MAX = 1_024;

/**
 * Patterns that let through all that these routes take, and little else: routes are matched exactly by the service.
 * As many prefixes as fit share a pattern, so that hundreds of routes make a few rules.
 *
 * @param bucket the bucket's real name
 * @param routes of that bucket
 */
export function eventPatterns(bucket: Text, routes: readonly Route[]): EventPattern[] {
  const filters = keyFilters(routes);
  if (filters.length === 0) return [patternOf(bucket, [])];
  const patterns: EventPattern[] = [];
  let current: KeyFilter[] = [];
  for (const filter of filters) {
    if (current.length > 0 && patternLength(patternOf(bucket, [...current, filter])) > PATTERN_MAX) {
      patterns.push(patternOf(bucket, current));
      current = [];
    }
    current.push(filter);
  }
  return [...patterns, patternOf(bucket, current)];
}

/** How much of EventBridge's limit a pattern takes, whatever its bucket is called in the end. */
export function patternLength(pattern: EventPattern): number {
  const [bucket] = pattern.detail.bucket.name;
  const name = typeof bucket === 'string' ? bucket : 'b'.repeat(BUCKET_NAME_MAX);
  const text = JSON.stringify({ ...pattern, detail: { ...pattern.detail, bucket: { name: [name] } } });
  return Buffer.byteLength(text);
}

/** None stands for every key. */
function keyFilters(routes: readonly Route[]): KeyFilter[] {
  const prefixes = routes.map(({ pattern }) => cut(literalPrefix(pattern)));
  const shortest = [...new Set(prefixes)]
    .sort()
    .filter((prefix, _index, all) => !all.some((other) => other !== prefix && prefix.startsWith(other)));
  if (!shortest.includes('')) return shortest.map((prefix) => ({ prefix }));
  const whole = routes.filter(({ pattern }) => literalPrefix(pattern) === '');
  const others = [...new Set(prefixes.filter((prefix) => prefix !== ''))].sort();
  // Prefix and suffix at once would take a wildcard, of which a bus allows 30 rules.
  if (whole.some(({ suffixes }) => suffixes.length === 0)) return [];
  const suffixes = [...new Set(whole.flatMap((route) => route.suffixes))].sort();
  return [...suffixes.map((suffix) => ({ suffix })), ...others.map((prefix) => ({ prefix }))];
}

/** The text that every key of a pattern begins with. */
export function literalPrefix({ segments, tail }: Pattern): string {
  let prefix = '';
  for (const segment of segments) {
    if (segment.kind === 'variable') return prefix + segment.before;
    prefix += `${segment.text}/`;
  }
  return prefix + tail;
}

function cut(prefix: string): string {
  let text = prefix;
  while (Buffer.byteLength(JSON.stringify(text)) > PREFIX_MAX) text = [...text].slice(0, -1).join('');
  return text;
}

function patternOf(bucket: Text, filters: KeyFilter[]): EventPattern {
  const object = filters.length === 0 ? {} : { object: { key: filters } };
  return {
    source: ['aws.s3'],
    'detail-type': ['Object Created'],
    detail: { bucket: { name: [bucket] }, ...object },
  };
}
