import { nextTicks } from '../core/cron.ts';
import type { Bucket, Route } from './configuration.ts';
import type { Path } from './problem.ts';
import { durationText } from './quantities.ts';

/** Something that works, but probably not as meant. */
export interface Doubt {
  path: Path;
  sentence: string;
}

/** Below this a Lambda's batching window matters: it may see an event 20 s late at low traffic. */
const SHARED_QUEUE_MIN_MS = 60_000;

/** @param now ms since 1970; without it nothing is said of schedules that have run out */
export function doubtsAbout(
  buckets: readonly Bucket[],
  routes: readonly Route[],
  now: number | undefined,
): Doubt[] {
  return [...routes.flatMap((route) => routeDoubts(route, now)), ...unusedBuckets(buckets, routes)];
}

function routeDoubts(route: Route, now: number | undefined): Doubt[] {
  const path = ['routes', route.name];
  return [
    ...hurriedLimits(route),
    ...route.suffixes.flatMap((suffix, index) =>
      /^[a-z0-9]{1,7}$/i.test(suffix)
        ? [
            {
              path: [...path, 'suffixes', index],
              sentence: `"${suffix}" also takes keys such as x${suffix}; ".${suffix}" takes only that extension.`,
            },
          ]
        : [],
    ),
    ...scheduleDoubts(route, now),
    ...Object.entries(route.csv?.columns ?? {}).flatMap(([column, type]) =>
      type === 'HUGEINT'
        ? [
            {
              path: [...path, 'csv', 'columns', column],
              sentence:
                'Parquet has no HUGEINT: DuckDB writes it as DOUBLE, which keeps about 16 digits. DECIMAL(38,0) keeps them all.',
            },
          ]
        : [],
    ),
  ];
}

function hurriedLimits({ name, limits, queue }: Route): Doubt[] {
  if (queue === 'dedicated') return [];
  const { windowMs, quietMs } = limits;
  const hurried = [
    { key: 'window', ms: windowMs },
    ...(quietMs === undefined ? [] : [{ key: 'quiet', ms: quietMs }]),
  ].filter(({ ms }) => ms < SHARED_QUEUE_MIN_MS);
  return hurried.map(({ key, ms }) => ({
    path: ['routes', name, 'batch', key],
    sentence: `${durationText(ms)} is short: on AWS the shared queue may deliver an event 20 s late. From 1m on it does not matter; below, set queue: dedicated.`,
  }));
}

function scheduleDoubts({ name, limits, schedules }: Route, now: number | undefined): Doubt[] {
  return schedules.flatMap(({ minEvents, schedule }, index): Doubt[] => {
    const path = ['routes', name, 'flush', index];
    const doubts: Doubt[] = [];
    if (minEvents >= limits.count) {
      const sentence = `An open window never holds ${minEvents} events, because it closes at ${limits.count}: this flush never closes one.`;
      doubts.push({ path: [...path, 'minEvents'], sentence });
    }
    if (now !== undefined && nextTicks(schedule, now, 1).length === 0) {
      doubts.push({
        path: [...path, 'cron'],
        sentence: 'There is no such time any more: this flush never runs.',
      });
    }
    return doubts;
  });
}

function unusedBuckets(buckets: readonly Bucket[], routes: readonly Route[]): Doubt[] {
  const used = new Set(routes.flatMap((route) => [route.bucket, route.output?.bucket]));
  return buckets
    .filter(({ name }) => !used.has(name))
    .map(({ name }) => ({ path: ['buckets', name], sentence: 'No route uses this bucket.' }));
}
