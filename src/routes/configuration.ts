import type { CronSchedule } from '../core/cron.ts';
import type { CsvSettings, Limits, Location } from '../core/policy.ts';
import type { Pattern } from './pattern.ts';
import type { Place } from './problem.ts';

/** routes.yml, read and checked. Names of buckets are those of the file; a home says what they are called outside. */
export interface Configuration {
  file: string;
  buckets: Bucket[];
  /** In the order of the file. */
  routes: Route[];
  /** Things that work, but probably not as meant. */
  warnings: Warning[];
}

export interface Bucket {
  name: string;
  /** The existing bucket that it stands for; without it the home makes one. */
  existing?: string;
}

/** A bucket and prefix pattern with its policy and pipeline. */
export interface Route {
  name: string;
  /** A {@link Bucket}'s name. */
  bucket: string;
  /** As it was written. */
  prefix: string;
  pattern: Pattern;
  /** Endings of which a key must have one; none for every key. */
  suffixes: string[];
  limits: Limits;
  /** Cron flushes, in the order of the file. */
  schedules: FlushSchedule[];
  pipeline: PipelineSetting;
  /** Its bucket is a {@link Bucket}'s name. */
  output?: Location;
  csv?: CsvSettings;
  parameters?: Record<string, unknown>;
  folderMarkers: 'ignore' | 'count';
  queue: 'shared' | 'dedicated';
}

/** A flush by cron. */
export interface FlushSchedule {
  cron: string;
  timezone: string;
  /** Windows with fewer events stay open; at least 1. */
  minEvents: number;
  schedule: CronSchedule;
}

/** A pipeline of this repository by name, or a state machine that exists already. */
export type PipelineSetting = { name: string } | { stateMachineArn: string };

export interface Warning extends Place {
  file: string;
  path: string;
  /** All of it in one line. */
  message: string;
}

/** What a bucket of routes.yml is called outside. */
export type BucketNames = (bucket: Bucket) => string;

/** The existing bucket's name where one is given, else the name in routes.yml. */
export const bucketNameAsWritten: BucketNames = (bucket) => bucket.existing ?? bucket.name;
