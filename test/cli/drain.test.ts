import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ROUTES } from '../queries/home.ts';
import { type Served, serve } from './served.ts';
import { run, start } from './spawned.ts';

let served: Served;
let folder: string;

beforeEach(async () => {
  served = await serve();
  folder = await mkdtemp(join(tmpdir(), 'spillway-drain-'));
  await mkdir(join(folder, 'pipelines', 'process-files'), { recursive: true });
  await writeFile(join(folder, 'pipelines', 'process-files', 'definition.asl'), '{}');
});

afterEach(async () => {
  await served.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('drain', () => {
  test('closes every window of a route and no other, and exits with 0', async () => {
    await served.count('partners/acme/', 2);
    await served.count('partners/globex/', 1);
    await served.count('chapter10/', 5);
    const { code, stdout } = await run(['drain', 'partners', '--json'], { env: served.env });
    const document = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(document).toMatchObject({ route: 'partners', drained: true, open: 0 });
    expect(document.batches.map(({ count }: { count: number }) => count)).toEqual([2, 1]);
    const windows = JSON.parse((await run(['windows', '--json'], { env: served.env })).stdout).windows;
    expect(windows).toMatchObject([{ route: 'sales', count: 5 }]);
  });

  test('goes on while files keep coming, and exits with 3 when its time is up', async () => {
    const { code, stderr } = await withTraffic(async () =>
      run(['drain', 'sales', '--timeout', '1500ms'], { env: served.env }),
    );
    expect(code).toBe(3);
    expect(stderr).toContain('1 window of sales is open still.');
    expect(stderr).toContain('stop their source');
  });

  test('ends as soon as files have stopped', async () => {
    const draining = start(['drain', 'sales'], { env: served.env });
    await withTraffic(() => draining.printed(/open still/));
    expect((await draining.ended).code).toBe(0);
  });

  test('of an empty route is no error, of an unknown one exits with 6', async () => {
    expect((await run(['drain', 'quiet'], { env: served.env })).code).toBe(0);
    expect((await run(['drain', 'slaes'], { env: served.env })).code).toBe(6);
  });
});

/** Counts a file after every flush, as a source does that nobody stopped: a look at the windows finds one open. */
async function withTraffic<Result>(work: () => Promise<Result>): Promise<Result> {
  const { projections } = served.home.ports;
  const { advance } = projections;
  let ended = false;
  let adding = false;
  projections.advance = async (key, position) => {
    await advance(key, position);
    if (ended || adding || position.window !== null) return;
    adding = true;
    await served.count('chapter10/', 1).finally(() => {
      adding = false;
    });
  };
  await served.count('chapter10/', 1);
  return await work().finally(() => {
    ended = true;
  });
}

describe('routes diff', () => {
  const diff = async (text: string) => {
    await writeFile(join(folder, 'routes.yml'), text);
    const { code, stdout, stderr } = await run(['routes', 'diff', '--json'], {
      env: served.env,
      cwd: folder,
    });
    return { code, stderr, document: JSON.parse(stdout) };
  };
  const shown = ({ document }: Awaited<ReturnType<typeof diff>>) =>
    document.differences.map(
      ({ route, what, changes }: { route: string; what: string; changes: unknown[] }) => ({
        route,
        what,
        changes: changes.filter((each) => (each as { setting: string }).setting !== 'policy'),
      }),
    );

  test('of the same file changes nothing that is told', async () => {
    expect(shown(await diff(ROUTES)).map(({ changes }: { changes: unknown[] }) => changes)).toEqual([
      [],
      [],
      [],
    ]);
  });

  test('shows what changes, and refuses to lose a route with open windows', async () => {
    await served.count('partners/acme/', 1);
    const other = ROUTES.replace('partners:', 'clients:')
      .replace('count: 100', 'count: 10')
      .replace('minEvents: 50', 'minEvents: 2');
    const found = await diff(other);
    expect(found).toMatchObject({ code: 0, document: { refused: true } });
    expect(shown(found)).toMatchObject([
      {
        route: 'sales',
        what: 'changed',
        changes: [{ setting: 'count', from: '100', to: '10' }, { setting: 'flush' }],
      },
      { route: 'clients', what: 'added' },
      { route: 'quiet' },
      { route: 'partners', what: 'removed' },
    ]);
    const told = await run(['routes', 'diff'], { env: served.env, cwd: folder });
    expect(told.stderr).toContain('Drain it before: spillway drain partners');
  });

  test('of a wrong file says what is wrong, and asks nobody', async () => {
    const { code, document } = await diff(ROUTES.replace('count: 100', 'count: 0'));
    expect({ code, error: document.error.code }).toEqual({ code: 1, error: 'routes-invalid' });
  });
});
