import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyNames, destinationOf } from '../../src/cli/destination.ts';
import { parseRoutes } from '../../src/routes/parse.ts';
import { ROUTES } from '../queries/home.ts';
import { type Served, serve } from './served.ts';
import { run, start } from './spawned.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-put-'));
  await writeFile(join(folder, 'week.csv'), 'a,b\n1,2\n');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const put = (...words: string[]) => run(['put', ...words], { cwd: folder });
const landing = (...path: string[]) => join(folder, 'data', 'landing', ...path);

describe('put', () => {
  test('copies a file under its name and prints the key', async () => {
    const { code, stdout } = await put('week.csv', '--to', 's3://landing/chapter10');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 's3://landing/chapter10/week.csv\n' });
    expect(await readFile(landing('chapter10', 'week.csv'), 'utf8')).toBe('a,b\n1,2\n');
    expect(await readFile(join(folder, 'week.csv'), 'utf8')).toBe('a,b\n1,2\n');
  });

  test('makes so many copies with names of their own, and leaves nothing half written', async () => {
    const { stdout } = await put('week.csv', '--to', 's3://landing/many/', '--n', '250', '--json');
    const keys = JSON.parse(stdout).files.map(({ key }: { key: string }) => key);
    expect(new Set(keys).size).toBe(250);
    expect(keys[0]).toBe('many/week-001.csv');
    expect((await readdir(landing('many'))).length).toBe(250);
    expect(await readdir(join(folder, 'data', '.spillway', 'tmp'))).toEqual([]);
  });

  test('copies nothing when one of the files is not there', async () => {
    expect((await put('week.csv', 'missing.csv', '--to', 's3://landing/x/')).code).toBe(6);
    await expect(readdir(landing())).rejects.toThrow('ENOENT');
  });

  test('refuses a folder, two files of one name, and keys that would leave the bucket', async () => {
    await mkdir(join(folder, 'other'));
    await writeFile(join(folder, 'other', 'week.csv'), 'x');
    expect((await put('other', '--to', 's3://landing/x/')).code).toBe(2);
    expect((await put('week.csv', 'other/week.csv', '--to', 's3://landing/x/')).code).toBe(2);
    expect((await put('week.csv', '--to', 's3://.spillway/x/')).code).toBe(2);
    const { code, stderr } = await put('week.csv', '--to', 's3://landing/../../x/');
    expect(code).toBe(1);
    expect(stderr).toContain('cannot be stored in bucket "landing"');
  });

  test('keeps an odd name as it is', async () => {
    const name = 'été 数据 $(x) \'"%41.csv';
    await writeFile(join(folder, name), 'x');
    expect((await put(name, '--to', 's3://landing/x/')).code).toBe(0);
    expect(await readdir(landing('x'))).toEqual([name]);
  });

  test('says when no route takes the file, and which one comes nearest', async () => {
    await writeFile(join(folder, 'a.csv'), 'x');
    await writeFile(join(folder, 'routes.yml'), ROUTES);
    await mkdir(join(folder, 'pipelines', 'process-files'), { recursive: true });
    await writeFile(join(folder, 'pipelines', 'process-files', 'definition.asl'), '{}');
    const unrouted = await put('a.csv', '--n', '20', '--to', 's3://landing/chaptr10/');
    expect(unrouted.code).toBe(0);
    expect(unrouted.stderr).toMatch(
      /^No route takes s3:\/\/landing\/chaptr10\/a-\d\d\.csv\. The nearest is route /,
    );
    const { stderr } = await put('a.csv', '--to', 's3://landng/chapter10/');
    expect(stderr).toContain('No route watches bucket landng; watched: landing.');
  });

  test('says when nothing will count the file', async () => {
    await writeFile(join(folder, '.hidden.csv'), 'x');
    const { stderr } = await put('.hidden.csv', '--to', 's3://landing/x/');
    expect(stderr).toContain('will not be counted');
  });
});

describe('the destination', () => {
  const pipeline = { pipelines: ['process-files'] };
  const several = parseRoutes(ROUTES, 'routes.yml', pipeline);
  const single = parseRoutes(
    `buckets: { landing: { name: acme-landing } }
routes: { sales: { bucket: landing, prefix: in/, batch: { count: 2, window: 1h }, pipeline: process-files } }`,
    'routes.yml',
    pipeline,
  );

  test('is the place of the only route, by the name that its bucket has', () => {
    expect(destinationOf(undefined, single)).toEqual({ bucket: 'acme-landing', prefix: 'in/' });
  });

  test('is a prefix in the only bucket', () => {
    expect(destinationOf('partners/acme', several)).toEqual({ bucket: 'landing', prefix: 'partners/acme/' });
  });

  test('has to be said where there is a choice', () => {
    expect(() => destinationOf(undefined, several)).toThrow('not said where');
    expect(() => destinationOf('x/', null)).toThrow('no routes.yml');
    expect(() => destinationOf('s3://', several)).toThrow('names no bucket');
  });

  test('may be the top of a bucket', () => {
    expect(destinationOf('s3://landing', null)).toEqual({ bucket: 'landing', prefix: '' });
  });

  test('gives copies names that sort in their order', () => {
    const names = copyNames('a/b/orders.tar.gz', 12);
    expect(names).toEqual(names.toSorted());
    expect(names[0]).toBe('orders.tar-01.gz');
    expect(copyNames('.hidden', 2)).toEqual(['.hidden-1', '.hidden-2']);
    expect(copyNames('plain', 1)).toEqual(['plain']);
  });
});

describe('put --wait', () => {
  let served: Served;

  beforeEach(async () => {
    served = await serve();
  });

  afterEach(async () => {
    await served.stop();
  });

  const startPut = (...words: string[]) =>
    start(['put', 'week.csv', ...words], { cwd: folder, env: served.env });

  /** Counts what lies in the folder, as the watcher would. */
  async function deliver(key: string) {
    const head = await served.home.ports.objects.head({ bucket: 'landing', key });
    const { size = 0, etag = '', lastModified = 0 } = head ?? {};
    const time = Math.min(lastModified, served.home.time.now);
    const event = {
      bucket: 'landing',
      key,
      size,
      etag,
      sequencer: etag.replace('-', ''),
      time,
      arrival: served.home.time.now,
    };
    await served.home.service.append([event]);
  }

  test('waits for the batch that holds this write of the key, not an earlier one', async () => {
    served.home.time.now = Date.now();
    const key = 'partners/acme/week.csv';
    await served.home.service.append([await served.home.put(key, 'an earlier write')]);
    await served.home.service.flush({ id: 'early', reason: 'manual', who: 'w', scope: {}, minEvents: 1 });
    const [early = ''] = served.home.executions.running();
    await served.home.executions.end(early, { status: 'failed' });

    const running = startPut('--to', 's3://landing/partners/acme/', '--wait', '--json');
    await expect
      .poll(() => served.home.ports.objects.head({ bucket: 'landing', key }))
      .toMatchObject({ size: 8 });
    await deliver(key);
    await served.home.service.flush({ id: 'late', reason: 'manual', who: 'w', scope: {}, minEvents: 1 });
    const [late = ''] = served.home.executions.running();
    await served.home.executions.end(late, { status: 'succeeded' });

    const { code, stdout } = await running.ended;
    const { files, waited } = JSON.parse(stdout);
    expect(files.map(({ batch }: { batch: string }) => batch)).toEqual([late]);
    expect(waited).toMatchObject({ timedOut: false, batches: [{ id: late, status: 'succeeded' }] });
    expect(code).toBe(0);
  });

  test('does not wait for a file that no route matches', async () => {
    const { code, stderr } = await startPut('--to', 's3://landing/nowhere/', '--wait').ended;
    expect(code).toBe(0);
    expect(stderr).toContain('no route matches');
  });

  test('exits with 3 when the file is in no batch by the timeout', async () => {
    const { code } = await startPut('--to', 's3://landing/chapter10/', '--wait', '--timeout', '200ms').ended;
    expect(code).toBe(3);
  });
});
