import * as z from 'zod';
import type { Bucket } from './configuration.ts';
import { listOf, mapping, mappingOf, readChoice, reading, readWholeNumber } from './reading.ts';
import {
  columnNamesExpected,
  readBucket,
  readBucketName,
  readBytes,
  readColumnType,
  readCron,
  readDelimiter,
  readDuration,
  readOutputPrefix,
  readParameters,
  readPipeline,
  readPrefix,
  readSuffix,
  readTimezone,
} from './values.ts';

/** What a route may refer to. */
export interface Declared {
  buckets: readonly Bucket[];
  pipelines: readonly string[];
}

const MAX_COUNT = 10_000;

const batch = mapping({
  count: reading(readWholeNumber(1, MAX_COUNT)).optional(),
  window: reading(readDuration).optional(),
  bytes: reading(readBytes).optional(),
  quiet: reading(readDuration).optional(),
});

const flush = mapping({
  cron: reading(readCron),
  timezone: reading(readTimezone).optional(),
  minEvents: reading(readWholeNumber(1, MAX_COUNT)).optional(),
});

const csv = mapping({
  columns: mappingOf('a mapping of column names to DuckDB types', reading(readColumnType))
    .superRefine((columns, context) => {
      const expected = columnNamesExpected(Object.keys(columns));
      if (expected !== null) context.addIssue({ code: 'custom', message: expected });
    })
    .optional(),
  delimiter: reading(readDelimiter).optional(),
});

/** The file as a whole. What stands inside is read piece by piece, so that one mistake does not hide the next. */
export const fileSchema = mapping({
  buckets: mappingOf('a mapping of bucket names, such as { landing: {} }', z.unknown()),
  defaults: z.unknown().optional(),
  routes: mappingOf('a mapping of route names to routes', z.unknown()),
});

export const bucketSchema = mapping({ name: reading(readBucketName).optional() });

export function defaultsSchema({ pipelines }: Declared) {
  return mapping({ batch: batch.optional(), pipeline: reading(readPipeline(pipelines)).optional() });
}

export function routeSchema({ buckets, pipelines }: Declared) {
  const bucket = readBucket(buckets);
  return mapping({
    bucket: reading(bucket),
    prefix: reading(readPrefix),
    suffixes: listOf('a list of endings, such as [.csv]', reading(readSuffix)).optional(),
    batch: batch.optional(),
    flush: listOf('a list of { cron, timezone, minEvents }', flush).optional(),
    pipeline: reading(readPipeline(pipelines)).optional(),
    output: mapping({ bucket: reading(bucket), prefix: reading(readOutputPrefix).optional() }).optional(),
    csv: csv.optional(),
    parameters: reading(readParameters).optional(),
    folderMarkers: reading(readChoice(['ignore', 'count'])).optional(),
    queue: reading(readChoice(['shared', 'dedicated'])).optional(),
  });
}

export type BatchSetting = z.output<typeof batch>;
export type FlushSetting = z.output<typeof flush>;
export type DefaultsSetting = z.output<ReturnType<typeof defaultsSchema>>;
export type RouteSetting = z.output<ReturnType<typeof routeSchema>>;
