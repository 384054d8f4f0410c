import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createClient } from '../../src/cli/client/client.ts';
import { askBatches, askWindows } from '../../src/cli/client/endpoints.ts';
import { type LocalHome, startLocal } from '../../src/local.ts';
import { single, type Temporary, temporaryFolder } from '../executions/home.ts';

let before: Temporary;
let after: Temporary;
let home: LocalHome | undefined;
const problems: string[] = [];

beforeEach(async () => {
  [before, after] = [await temporaryFolder(), await temporaryFolder()];
});

afterEach(async () => {
  await home?.stop();
  await Promise.all([before.close(), after.close()]);
});

/** One route, its pipeline by the same name and no other. The state is always that of `before`. */
async function start(folder: Temporary, route: string): Promise<LocalHome> {
  await folder.pipeline(route, single(), { 'only.ts': 'export const step = async () => 1;' });
  const routesFile = join(folder.root, 'routes.yml');
  const batch = '{ count: 100, window: 1s }';
  const text = `buckets: { landing: {} }\nroutes:\n  ${route}: { bucket: landing, prefix: ${route}/, pipeline: ${route}, batch: ${batch}, queue: dedicated }\n`;
  await writeFile(routesFile, text);
  home = await startLocal({
    root: join(before.root, 'data'),
    routesFile,
    port: 0,
    onProblem: ({ message }) => problems.push(message),
  });
  return home;
}

async function put(file: string): Promise<void> {
  const path = join(before.root, 'data', 'landing', file);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, 'x');
}

test('a batch whose pipeline was taken away is reported at every start, and keeps no other from running', {
  timeout: 30_000,
}, async () => {
  const first = await start(before, 'old');
  await put('old/1.csv');
  const windows = async ({ url }: LocalHome) =>
    (await askWindows(createClient({ url, authorize: async () => ({}) }), {})).windows;
  await expect.poll(() => windows(first), { timeout: 5_000, interval: 20 }).toHaveLength(1);
  await first.stop();

  const second = await start(after, 'new');
  await expect.poll(() => problems.join('\n'), { timeout: 5_000 }).toContain('There is no pipeline "old"');
  const answer = await fetch(`${second.url}/v1/health`);
  const health = (await answer.json()) as { status: string; problems: string[] };
  expect(health.status).toBe('degraded');
  expect(health.problems.join('\n')).toContain('There is no pipeline "old"');
  await second.stop();

  problems.length = 0;
  const third = await start(after, 'new');
  await expect.poll(() => problems.join('\n'), { timeout: 5_000 }).toContain('There is no pipeline "old"');
  await put('new/1.csv');
  const batches = async () =>
    (await askBatches(createClient({ url: third.url, authorize: async () => ({}) }), {})).batches;
  await expect
    .poll(batches, { timeout: 10_000 })
    .toMatchObject([{ route: 'new', count: 1, status: 'succeeded' }]);
});
