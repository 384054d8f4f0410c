import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Running, run, start } from './spawned.ts';

/** The real server of a laptop, with a pipeline that only succeeds. */

const ROUTES = `
buckets: { landing: {} }
routes:
  sales: { bucket: landing, prefix: in/, batch: { count: 3, window: 1h }, pipeline: nothing }
`;

const DEFINITION = JSON.stringify({ StartAt: 'Done', States: { Done: { Type: 'Succeed' } } });

const CARELESS_STEP = `
const fail = (what) => { throw new RangeError(what); };
const soon = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const step = async ({ events: [{ key }] }) => {
  if (key.includes('during')) void soon(5).then(() => fail('during')), await soon(5000);
  if (key.includes('thrown')) setTimeout(() => fail('thrown'), 5), await soon(5000);
  if (key.includes('later')) void soon(50).then(() => fail('later'));
  return { ok: true };
};
`;

let folder: string;
let running: Running[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-start-'));
  running = [];
  await mkdir(join(folder, 'pipelines', 'nothing'), { recursive: true });
  await writeFile(join(folder, 'pipelines', 'nothing', 'definition.asl'), DEFINITION);
  await writeFile(join(folder, 'routes.yml'), ROUTES);
  await writeFile(join(folder, 'week.csv'), 'a,b\n1,2\n');
});

afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGKILL');
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
});

/** Starts a server on a free port and waits until it says where it listens. */
async function startServer(...words: string[]) {
  const server = start(['start', '--port', '0', '--json', ...words], { cwd: folder });
  running.push(server);
  await server.printed(/"listening"/);
  const { url } = JSON.parse(server.stdout().split('\n')[0] ?? '');
  return { server, url: String(url) };
}

describe('start', () => {
  test('runs batches of the files that are put, tells of them, and stops in order with exit code 0', async () => {
    const { server, url } = await startServer();
    const env = { SPILLWAY_URL: url };
    const put = await run(['put', 'week.csv', '--n', '3', '--wait', '--timeout', '20s', '--json'], {
      cwd: folder,
      env,
    });
    expect(put.code).toBe(0);
    const { waited } = JSON.parse(put.stdout);
    expect(waited.batches).toMatchObject([
      { route: 'sales', count: 3, reason: 'count', status: 'succeeded' },
    ]);
    await server.printed(/"execution-succeeded"/);

    const more = await run(['put', 'week.csv', '--to', 'in/'], { cwd: folder, env });
    expect(more.code).toBe(0);
    await server.printed(/"keys":\["in\/week.csv"\]/);
    const flushed = await run(['flush', 'sales', '--wait'], { cwd: folder, env });
    expect(flushed.code).toBe(0);
    expect(flushed.stdout).toMatch(/\tmanual\t1\t.*\tsucceeded\n$/);

    server.child.kill('SIGINT');
    const { code, stdout } = await server.ended;
    expect(code).toBe(0);
    for (const line of stdout.trimEnd().split('\n')) expect(JSON.parse(line).schemaVersion).toBe(1);
    expect(stdout).toMatch(/"kind":"stopped"\}\n$/);
  });

  test('outlives a step that leaves failing work behind, and fails the step if it is still running', async () => {
    await mkdir(join(folder, 'pipelines', 'careless'));
    const definition = {
      StartAt: 'Work',
      States: { Work: { Type: 'Task', Resource: `\${WorkArn}`, TimeoutSeconds: 10, End: true } },
    };
    await writeFile(join(folder, 'pipelines', 'careless', 'definition.asl'), JSON.stringify(definition));
    await writeFile(join(folder, 'pipelines', 'careless', 'work.ts'), CARELESS_STEP);
    await writeFile(
      join(folder, 'routes.yml'),
      ROUTES.replace('nothing', 'careless').replace('count: 3', 'count: 1'),
    );
    const { server, url } = await startServer();
    const put = async (name: string) => {
      await writeFile(join(folder, name), 'a\n1\n');
      const env = { SPILLWAY_URL: url };
      const { stdout } = await run(['put', name, '--wait', '--timeout', '20s', '--json'], {
        cwd: folder,
        env,
      });
      return JSON.parse(stdout).waited.batches[0];
    };
    expect(await put('during.csv')).toMatchObject({ status: 'failed', error: 'RangeError' });
    expect(await put('later.csv')).toMatchObject({ status: 'succeeded' });
    await server.printed(
      /problem: Something that state "Work" of execution sales-.* failed after it: RangeError: later/,
    );
    expect(await put('thrown.csv')).toMatchObject({ status: 'failed', error: 'RangeError' });
    server.child.kill('SIGINT');
    expect((await server.ended).code).toBe(0);
  });

  test('says in one line that the folder is in use', async () => {
    const { server } = await startServer();
    const { code, stderr } = await run(['start', '--port', '0'], { cwd: folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^error: .*in use by process ${server.child.pid}\\..*\\n$`));
  });

  test('says in one line that the port is taken, and lets go of the folder', async () => {
    const { server, url } = await startServer();
    const port = new URL(url).port;
    const taken = await run(['start', '--port', port, '--root', 'other'], { cwd: folder });
    expect(taken.code).toBe(1);
    expect(taken.stderr).toMatch(/^error: Port \d+ of 127\.0\.0\.1 is taken.*\n$/);
    server.child.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
    await startServer('--root', 'other');
  });

  test('shows every problem of routes.yml before it opens anything', async () => {
    await writeFile(
      join(folder, 'routes.yml'),
      ROUTES.replace('count: 3', 'count: 0').replace('prefix', 'prefx'),
    );
    const { code, stderr } = await run(['start', '--port', '0'], { cwd: folder });
    expect(code).toBe(1);
    expect(stderr.match(/routes\.yml:\d+:\d+ /g)).toHaveLength(3);
  });
});
