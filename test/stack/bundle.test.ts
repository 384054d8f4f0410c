import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BundleOptions, bundleFunction, filesOf, HandlerMissingError } from '../../infra/bundle.ts';
import { isFor } from '../../infra/duckdb.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const MEGABYTE = 1024 * 1024;

let folder: string;
let options: BundleOptions;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-bundle-'));
  options = {
    root: ROOT,
    buildFolder: join(folder, 'functions'),
    routesFile: join(ROOT, 'routes.yml'),
    architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64',
    withNative: true,
  };
});

afterAll(() => rm(folder, { recursive: true, force: true }));

// Elsewhere npm would have to fetch the library for Linux, and this process could not load it.
const onLinux = process.platform === 'linux';

describe('a bundled function', () => {
  test.skipIf(!onLinux)('has DuckDB where it needs it, and runs with nothing else around it', async () => {
    const bundle = await bundleFunction('process-csv', 'handlers/process-csv.handler', options);
    expect(bundle.bytes).toBeGreaterThan(40 * MEGABYTE);
    expect(bundle.bytes).toBeLessThan(250 * MEGABYTE);
    const script = [
      `const { handler } = await import(${JSON.stringify(join(bundle.folder, 'handlers/process-csv.mjs'))});`,
      `const { DuckDBInstance } = await import(${JSON.stringify(join(bundle.folder, 'node_modules/@duckdb/node-api/lib/index.js'))});`,
      "const connection = await (await DuckDBInstance.create(':memory:')).connect();",
      "const reader = await connection.runAndReadAll('select 42 as answer');",
      'console.log(typeof handler, reader.getRowObjectsJson()[0].answer);',
    ].join('\n');
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: bundle.folder,
      env: { AWS_REGION: 'eu-central-1' },
    });
    expect(stdout.trim()).toBe('function 42');
  });

  test.skipIf(!onLinux)('has a library for the processor that it runs on', async () => {
    const own = options.architecture;
    const other = own === 'arm64' ? 'x86_64' : 'arm64';
    const name = `node-bindings-linux-${own === 'arm64' ? 'arm64' : 'x64'}`;
    const installed = join(ROOT, 'node_modules/@duckdb', name);
    expect(await isFor(installed, own)).toBe(true);
    expect(await isFor(installed, other)).toBe(false);
    const library = Buffer.from(await readFile(join(installed, 'duckdb.node'))).subarray(0, 64);
    const made = join(folder, 'another-processor');
    await mkdir(made);
    library.writeUInt16LE(other === 'arm64' ? 0xb7 : 0x3e, 18);
    await writeFile(join(made, 'duckdb.node'), library);
    expect(await isFor(made, other)).toBe(true);
    await writeFile(join(made, 'duckdb.node'), 'a library of another system');
    expect(await isFor(made, other)).toBe(false);
    expect(await isFor(join(folder, 'nowhere'), own)).toBe(false);
  });

  test('is small where it needs no DuckDB, and has the routes where it needs those', async () => {
    const bundle = await bundleFunction('ingest', 'handlers/ingest.handler', options);
    expect(bundle.bytes).toBeLessThan(5 * MEGABYTE);
    const files = (await filesOf(bundle.folder)).map((file) => file.slice(bundle.folder.length + 1));
    expect(files).toEqual(['handlers/ingest.mjs', 'package.json', 'routes.yml']);
    const routes = await readFile(join(bundle.folder, 'routes.yml'), 'utf8');
    expect(routes).toBe(await readFile(options.routesFile, 'utf8'));
  });

  test('has the same bytes when it is made again', async () => {
    const read = async () => {
      const bundle = await bundleFunction('status', 'handlers/status.handler', options);
      return readFile(join(bundle.folder, 'handlers/status.mjs'), 'utf8');
    };
    expect(await read()).toBe(await read());
  });

  test('without a file is refused by name', async () => {
    const nobody = bundleFunction('nobody', 'handlers/nobody.handler', options);
    await expect(nobody).rejects.toThrow(HandlerMissingError);
    await expect(nobody).rejects.toThrow(/nobody.*handlers\/nobody\.ts/);
    await expect(access(join(options.buildFolder, 'nobody'))).rejects.toThrow();
  });
});
