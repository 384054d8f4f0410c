import { type Bucket, bucketNameAsWritten, type Route } from './configuration.ts';
import { comparePatterns, endsAlike, patternMeetsPrefix, patternsMeet } from './pattern.ts';
import type { Finding } from './problem.ts';

/** How the objects that pipelines write end. */
const OUTPUT_ENDINGS = ['.parquet', '.json'];

/** Two names for one bucket: routes of the one would not see the other's. */
export function bucketConflicts(buckets: readonly Bucket[]): Finding[] {
  const seen = new Map<string, string>();
  const findings: Finding[] = [];
  for (const bucket of buckets) {
    const outside = bucketNameAsWritten(bucket);
    const first = seen.get(outside);
    if (first !== undefined) {
      findings.push({
        path: ['buckets', bucket.name],
        state: `is the bucket ${outside}, as is buckets.${first}`,
        expected: 'one name for each bucket',
        value: bucket.name,
        atKey: true,
      });
    }
    seen.set(outside, bucket.name);
  }
  return findings;
}

/** Routes of which neither can be preferred for some key. */
export function routeConflicts(routes: readonly Route[]): Finding[] {
  const findings: Finding[] = [];
  for (const group of Map.groupBy(routes, shapeOf).values()) {
    for (const [index, route] of group.entries()) {
      const rival = group.slice(0, index).find((earlier) => tie(earlier, route));
      if (rival === undefined) continue;
      findings.push({
        path: ['routes', route.name, 'prefix'],
        state: `is ${JSON.stringify(route.prefix)}${endings(route)} and ties with route ${rival.name}, ${JSON.stringify(rival.prefix)}${endings(rival)}`,
        expected: 'no object that two routes claim with equal right',
        hint: 'Make one prefix longer, or give them suffixes that exclude each other.',
        value: route.prefix,
      });
    }
  }
  return findings;
}

/** Routes whose output would be events again. */
export function outputConflicts(routes: readonly Route[]): Finding[] {
  const byBucket = Map.groupBy(routes, (route) => route.bucket);
  return routes.flatMap((route): Finding[] => {
    const { output } = route;
    if (output === undefined) return [];
    const watcher = byBucket.get(output.bucket)?.find((other) => seesOutput(other, output.prefix));
    if (watcher === undefined) return [];
    const whose = watcher.name === route.name ? 'this route itself' : `route ${watcher.name}`;
    return [
      {
        path: ['routes', route.name, 'output'],
        state: `is ${output.bucket}/${output.prefix}, where ${whose} takes objects (prefix ${JSON.stringify(watcher.prefix)}${endings(watcher)})`,
        expected: 'a place that no route watches, or batches would trigger batches',
        hint: `Use another bucket or prefix, or suffixes there that exclude ${OUTPUT_ENDINGS.join(' and ')}.`,
        value: `${output.bucket}/${output.prefix}`,
      },
    ];
  });
}

/** Only routes of equal shape can tie, so that a thousand routes need no million comparisons. */
function shapeOf({ bucket, pattern }: Route): string {
  const segments = pattern.segments.map((segment) =>
    segment.kind === 'literal' ? ['=', segment.text] : ['{}'],
  );
  return JSON.stringify([bucket, segments, pattern.tail]);
}

function tie(a: Route, b: Route): boolean {
  return (
    comparePatterns(a.pattern, b.pattern) === 0 &&
    patternsMeet(a.pattern, b.pattern) &&
    suffixesMeet(a.suffixes, b.suffixes)
  );
}

function seesOutput(route: Route, prefix: string): boolean {
  return patternMeetsPrefix(route.pattern, prefix) && suffixesMeet(route.suffixes, OUTPUT_ENDINGS);
}

function suffixesMeet(a: readonly string[], b: readonly string[]): boolean {
  if (a.length === 0 || b.length === 0) return true;
  return a.some((left) => b.some((right) => endsAlike(left, right)));
}

function endings(route: Route): string {
  return route.suffixes.length === 0 ? '' : ` with ${route.suffixes.join(', ')}`;
}
