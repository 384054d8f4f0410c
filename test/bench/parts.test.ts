import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { partSection, partsOf } from '../../bench/functions/parts.ts';
import { sliceOf } from '../../bench/functions/slices.ts';

const ROOT = process.cwd();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-parts-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('packages that are copied beside a bundle are among its parts', async () => {
  const native = join(folder, 'node_modules', '@duckdb', 'node-bindings-linux-x64');
  await mkdir(native, { recursive: true });
  await writeFile(join(native, 'duckdb.node'), Buffer.alloc(70_000));
  const parts = await partsOf(ROOT, { key: 'process-csv', folder, bytes: 0 });
  expect(parts.get('@duckdb/node-bindings-linux-x64')).toBe(70_000);
  expect(parts.get('Spillway')).toBeGreaterThan(10_000);
  expect(partSection(new Map([['process-csv', parts]])).rows.map(([name]) => name)).toContain(
    '@duckdb/node-bindings-linux-x64',
  );
});

test('a slice holds what a function takes of a package, and can be loaded alone', async () => {
  const slice = await sliceOf(ROOT, 'ingest', folder, '@aws-sdk/client-dynamodb');
  expect(slice.when).toBe('at the start');
  const file = join(slice.folder, 'handlers', `${slice.key}.mjs`);
  expect(await readFile(file, 'utf8')).toContain('PutItemCommand as ');
  expect(Object.keys(await import(file)).length).toBeGreaterThan(3);
});

test('what is imported later is said to be loaded when needed', async () => {
  const slice = await sliceOf(ROOT, 'process-csv', folder, '@duckdb/node-api');
  expect(slice.when).toBe('when needed');
});
