import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createClient } from '../../src/cli/client/client.ts';
import { askWindows } from '../../src/cli/client/endpoints.ts';
import { PIPELINES, type Server, startServer } from '../local/server.ts';
import { run } from './spawned.ts';

const PARTNERS = 210;

let folder: string;
let server: Server;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-queued-'));
  await symlink(PIPELINES, join(folder, 'pipelines'));
  await writeFile(
    join(folder, 'routes.yml'),
    `buckets: { landing: {}, curated: {} }
routes:
  partners:
    bucket: landing
    prefix: partners/{partner}/
    batch: { count: 10, window: 1h }
    pipeline: process-files
    output: { bucket: curated, prefix: out/ }
`,
  );
  server = startServer(join(folder, 'data'), join(folder, 'routes.yml'));
});

afterEach(async () => {
  server.process.kill('SIGKILL');
  await server.ended;
  await rm(folder, { recursive: true, force: true });
});

test('a flush over hundreds of partitions goes on in the background and is followed to its end, and so is a drain', {
  timeout: 180_000,
}, async () => {
  const url = await server.listening;
  const client = createClient({ url, authorize: async () => ({}) });
  const fileForEach = async (name: string) => {
    for (let partner = 0; partner < PARTNERS; partner += 1) {
      const place = join(folder, 'data', 'landing', 'partners', `p${partner}`);
      await mkdir(place, { recursive: true });
      await writeFile(join(place, name), 'a,b\n1,2\n');
    }
    await expect.poll(async () => (await askWindows(client, {})).total, { timeout: 60_000 }).toBe(PARTNERS);
  };
  await fileForEach('a.csv');

  const env = { SPILLWAY_URL: url, SPILLWAY_ROOT: join(folder, 'data') };
  const { code, stdout, stderr } = await run(['flush', '--all', '--yes'], { env });
  expect(stderr).toContain(`${PARTNERS} of ${PARTNERS} partitions seen to.`);
  expect(stderr).toContain(`${PARTNERS} windows closed, 0 empty`);
  const ids = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t')[0]);
  expect(new Set(ids).size).toBe(PARTNERS);
  expect(code).toBe(0);

  await fileForEach('b.csv');
  const drained = await run(['drain', 'partners', '--json'], { env });
  expect(drained.stderr).toContain(`covers ${PARTNERS} partitions and goes on in the background`);
  const document = JSON.parse(drained.stdout);
  expect(document).toMatchObject({ drained: true, open: 0 });
  expect(new Set(document.batches.map(({ partition }: { partition: string }) => partition)).size).toBe(
    PARTNERS,
  );
});
