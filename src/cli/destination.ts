import { basename, extname } from 'node:path';
import { bucketNameAsWritten, type Configuration } from '../routes/configuration.ts';
import { UsageError } from './errors.ts';

/** Where `put` copies to: a bucket and what its keys begin with. */
export interface Destination {
  bucket: string;
  /** Empty, or ends in `/`. */
  prefix: string;
}

const BUCKET_HINT = 'Name the bucket too: --to s3://<bucket>/<prefix>/.';

/**
 * Reads `--to`: `s3://bucket/prefix`, or a prefix in the only bucket that routes read from; without it the place of
 * the only route, if that has no variables. A prefix means a folder, with or without its last `/`.
 * @param configuration routes.yml, or null where there is none
 * @throws UsageError
 */
export function destinationOf(to: string | undefined, configuration: Configuration | null): Destination {
  const sources = sourcesOf(configuration);
  if (to === undefined) return onlySource(sources);
  if (!to.startsWith('s3://')) return { bucket: onlyBucket(sources), prefix: folderOf(to) };
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(to) ?? [];
  if (bucket === '' || bucket.startsWith('.')) {
    throw new UsageError(`"${to}" names no bucket.`, 'Write --to s3://<bucket>/<prefix>/.');
  }
  return { bucket, prefix: folderOf(prefix) };
}

/** Where each route reads from, by the names that its buckets have as folders. */
export function sourcesOf(configuration: Configuration | null): Destination[] {
  if (configuration === null) return [];
  const { buckets, routes } = configuration;
  return routes.map((route) => {
    const bucket = buckets.find(({ name }) => name === route.bucket);
    return {
      bucket: bucket === undefined ? route.bucket : bucketNameAsWritten(bucket),
      prefix: route.prefix,
    };
  });
}

/** `orders.csv` once, or `orders-001.csv` … `orders-250.csv`. */
export function copyNames(file: string, copies: number): string[] {
  const name = basename(file);
  if (copies === 1) return [name];
  const extension = extname(name);
  const stem = name.slice(0, name.length - extension.length);
  const digits = String(copies).length;
  return Array.from(
    { length: copies },
    (_, index) => `${stem}-${String(index + 1).padStart(digits, '0')}${extension}`,
  );
}

function folderOf(prefix: string): string {
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
}

function onlyBucket(sources: readonly Destination[]): string {
  const buckets = [...new Set(sources.map(({ bucket }) => bucket))];
  const [bucket] = buckets;
  if (bucket !== undefined && buckets.length === 1) return bucket;
  const found =
    buckets.length === 0 ? 'there is no routes.yml to say which' : `there are ${buckets.join(', ')}`;
  throw new UsageError(`A prefix alone does not say which bucket: ${found}.`, BUCKET_HINT);
}

function onlySource(sources: readonly Destination[]): Destination {
  const [source] = sources;
  if (source !== undefined && sources.length === 1 && !source.prefix.includes('{')) return source;
  const places = sources.map(({ bucket, prefix }) => `s3://${bucket}/${prefix}`);
  throw new UsageError(
    'It was not said where the files shall go.',
    places.length === 0 ? 'Say --to s3://<bucket>/<prefix>/.' : `Say --to with one of: ${places.join(', ')}.`,
  );
}
