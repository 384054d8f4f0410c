import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BundleOptions, bundleFunction, filesOf, HandlerMissingError } from '../../infra/bundle.ts';
import { isFor } from '../../infra/duckdb.ts';
import { unpackRoutes } from '../../src/routes/packed.ts';
import { parseRoutes } from '../../src/routes/parse.ts';

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
    configuration: await readRoutes(),
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
    const own = files.filter((file) => !file.startsWith('later/'));
    expect(own).toEqual(['handlers/ingest.mjs', 'package.json', 'routes.json']);
    const routes = await readFile(join(bundle.folder, 'routes.json'), 'utf8');
    expect(unpackRoutes(routes, 'routes.json').routes.map(({ name }) => name)).toContain('sales');
  });

  test('has the same bytes when it is made again', async () => {
    const read = async () => {
      const files = await filesOf(
        (await bundleFunction('status', 'handlers/status.handler', options)).folder,
      );
      return Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')]));
    };
    const first = await read();
    expect(first.length).toBeGreaterThan(2);
    expect(await read()).toEqual(first);
  });

  test('does not load the fetch of the web at its start, which nothing in it uses', async () => {
    const loaded = await loadedBy('status');
    expect(loaded.length).toBeGreaterThan(100);
    expect(loaded.filter((name) => name.includes('undici'))).toEqual([]);
    // Had it been imported rather than required, it would be there.
    const script = "import 'node:http'; console.log(JSON.stringify(process.moduleLoadList));";
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
    expect(stdout).toContain('undici');
  });

  test('reads what it needs later from files of their own', async () => {
    const { folder } = await bundleFunction('status', 'handlers/status.handler', options);
    const files = await filesOf(folder);
    const later = files.filter((file) => file.includes('/later/'));
    expect(later.length).toBeGreaterThan(5);
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    // The SDK's way to credentials of a single sign-on, which a function never takes.
    const holding = files.filter((_, index) => texts[index]?.includes('resolveSSOCredentials'));
    expect(holding.every((file) => later.includes(file))).toBe(true);
    expect(holding.length).toBeGreaterThan(0);
  });

  test('describes the API as the laptop does, without the languages that errors could be told in', async () => {
    const { folder, bytes } = await bundleFunction('api', 'handlers/api.handler', options);
    expect(bytes).toBeLessThan(2 * MEGABYTE);
    const event = {
      version: '2.0',
      rawPath: '/openapi.json',
      rawQueryString: '',
      headers: { host: 'api.example.org' },
      requestContext: { http: { method: 'GET', path: '/openapi.json' }, domainName: 'api.example.org' },
    };
    const script = [
      `const { handler } = await import(${JSON.stringify(join(folder, 'handlers/api.mjs'))});`,
      "const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 60_000 };",
      `const answer = await handler(${JSON.stringify(event)}, context);`,
      "console.log('\\n' + JSON.stringify(answer));",
      'process.exit(0);',
    ].join('\n');
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: folder,
      env: functionEnvironment(folder),
      maxBuffer: 64 << 20,
    });
    const { statusCode, body } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(statusCode).toBe(200);
    const { paths, components } = JSON.parse(body);
    expect(Object.keys(paths)).toContain('/v1/windows');
    const answered = paths['/v1/windows'].get.responses['200'].content['application/json'].schema;
    expect(JSON.stringify(answered)).toMatch(/\$ref|properties/);
    expect(Object.keys(components.schemas).length).toBeGreaterThan(5);
  });

  test('with a step of somebody else keeps the names of its errors, whatever they are called', async () => {
    const root = join(folder, 'another-root');
    await mkdir(join(root, 'pipelines/mine'), { recursive: true });
    for (const name of ['src', 'node_modules', 'package.json']) {
      await symlink(join(ROOT, name), join(root, name));
    }
    await writeFile(join(root, 'pipelines/mine/errors.ts'), NAMED_BY_THEIR_CLASS);
    await writeFile(join(root, 'pipelines/mine/convert.ts'), FAILING_STEP);
    const made = await bundleFunction('mine', 'pipelines/mine/convert.handler', { ...options, root });
    const script = [
      `const { handler } = await import(${JSON.stringify(join(made.folder, 'pipelines/mine/convert.mjs'))});`,
      'const names = [];',
      "for (const which of ['one', 'other']) await handler({ which }, { getRemainingTimeInMillis: () => 60_000 })",
      '  .catch((error) => names.push(error.name));',
      'console.log(JSON.stringify(names));',
    ].join('\n');
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: made.folder,
      env: { AWS_REGION: 'eu-central-1' },
    });
    expect(JSON.parse(stdout)).toEqual(['NotConverted', 'NotConverted']);
  });

  test('without a file is refused by name', async () => {
    const nobody = bundleFunction('nobody', 'handlers/nobody.handler', options);
    await expect(nobody).rejects.toThrow(HandlerMissingError);
    await expect(nobody).rejects.toThrow(/nobody.*handlers\/nobody\.ts/);
    await expect(access(join(options.buildFolder, 'nobody'))).rejects.toThrow();
  });
});

async function readRoutes() {
  const text = await readFile(join(ROOT, 'routes.yml'), 'utf8');
  return parseRoutes(text, 'routes.yml', { pipelines: ['process-files'] });
}

/** Node's list of what a fresh process has loaded once the function is imported. */
async function loadedBy(key: string): Promise<string[]> {
  const { folder: made } = await bundleFunction(key, `handlers/${key}.handler`, options);
  const script = [
    `await import(${JSON.stringify(join(made, 'handlers', `${key}.mjs`))});`,
    "console.log('\\n' + JSON.stringify(process.moduleLoadList));",
    'process.exit(0);',
  ].join('\n');
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: made,
    env: functionEnvironment(made),
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

/** What the stack tells a function; the names lead nowhere. */
function functionEnvironment(taskRoot: string): Record<string, string> {
  const names = ['STAGE', 'TABLE', 'COMMANDS_QUEUE_URL', 'COMMANDS_QUEUE_ARN', 'COMMANDS_DLQ_ARN'];
  const more = ['SCHEDULE_GROUP', 'SCHEDULER_ROLE_ARN', 'MANIFEST_BUCKET', 'EVENT_BUS'];
  return {
    ...Object.fromEntries([...names, ...more].map((name) => [`SPILLWAY_${name}`, 'none'])),
    SPILLWAY_LOG_KEYS: 'true',
    SPILLWAY_BUCKETS: '{"landing":"landing","curated":"curated"}',
    SPILLWAY_PIPELINES: '{"process-files":"arn:aws:states:eu-central-1:111122223333:stateMachine:p"}',
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
    LAMBDA_TASK_ROOT: taskRoot,
  };
}

const NAMED_BY_THEIR_CLASS = `
export class NotConverted extends Error {
  constructor() {
    super('no');
    this.name = new.target.name;
  }
}
`;

/** Two classes of one name in one file: a bundler has to call one of them something else. */
const FAILING_STEP = `
import { NotConverted as Other } from './errors.ts';

class NotConverted extends Error {
  constructor() {
    super('no');
    this.name = new.target.name;
  }
}

export const step = async ({ which }: { which: string }) => {
  throw which === 'one' ? new NotConverted() : new Other();
};
`;
