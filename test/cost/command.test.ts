import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../cli/spawned.ts';
import { ROUTES } from '../queries/home.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-cost-'));
  const arn = 'arn:aws:states:eu-central-1:123456789012:stateMachine:p';
  const routes = ROUTES.replaceAll('pipeline: process-files', `pipeline: { stateMachineArn: "${arn}" }`);
  await writeFile(join(folder, 'routes.yml'), routes);
  await writeFile(join(folder, 'own.yml'), 'region: eu-west-3\nprices: { alarms: { price: 1 } }\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const cost = (...words: string[]) => run(['cost', ...words], { cwd: folder });
const costJson = async (...words: string[]) => JSON.parse((await cost(...words, '--json')).stdout);

test('a pipe gets one line for each way, with its total in the second field', async () => {
  const { code, stdout, stderr } = await cost('--files', '2.5e6', '--count', '500');
  expect(code).toBe(0);
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  expect(rows[0]?.[0]).toBe('Spillway');
  expect(rows.map(([name]) => name)).toContain('Glue workflow trigger');
  for (const row of rows) expect(Number(row[1])).toBeGreaterThan(0);
  expect(stderr).toContain('2,500,000 files in 30 days, arriving in bursts of 100: 5,000 batches of 500.');
  expect(stderr).toMatch(/Besides, Spillway costs \d+\.\d\d a month/);
  expect(stderr).toContain('one execution per file: does not batch');
});

test('the lines of the bill add up to the total', async () => {
  const { lines, ways } = await costJson('--burst', '1', '--partitions', '20');
  const sum = (part: string) =>
    lines
      .filter((line: { part: string }) => line.part === part)
      .reduce((all: number, line: { cost: number }) => all + line.cost, 0);
  expect(sum('files')).toBeCloseTo(ways[0].total, 9);
  expect(sum('standing')).toBeCloseTo(ways[0].standing, 9);
  const { stdout } = await cost('--lines');
  expect(stdout.trimEnd().split('\n')[0]?.split('\t').slice(0, 3)).toEqual([
    'files',
    'EventBridge',
    'events of S3',
  ]);
});

test('prices of your own count, and their region is checked', async () => {
  const usual = await costJson('--files', '0');
  const own = await costJson('--files', '0', '--prices', 'own.yml', '--region', 'eu-west-3');
  expect(own.region).toBe('eu-west-3');
  expect(own.ways[0].standing - usual.ways[0].standing).toBeCloseTo(0.9 * usual.parts.alarms, 6);
  const { stderr: told } = await cost('--prices', 'own.yml');
  expect(told).toMatch(/USD in eu-west-3, prices as of \S+ \(\d+ of \d+ prices are us-east-1's\)/);
  const { code, stderr } = await cost('--prices', 'own.yml', '--region', 'us-east-1');
  expect(code).toBe(2);
  expect(stderr).toContain('The prices are those of eu-west-3, not of us-east-1.');
});

test('routes.yml adds what stands there: routes, queues and cron flushes', async () => {
  const { parts } = await costJson('--files', '0', '--routes', 'routes.yml');
  expect(parts).toMatchObject({ routes: 3, polledQueues: 2 });
  expect(parts.ticks).toHaveLength(1);
  expect(parts.ticks[0].aMonth).toBeGreaterThan(100);
});

test('the free tier makes it cheaper', async () => {
  const [listed, free] = await Promise.all([costJson(), costJson('--free-tier')]);
  expect(free.ways[0].total).toBeLessThan(listed.ways[0].total);
  expect(free.ways[0].standing).toBeLessThan(listed.ways[0].standing);
});

test('the chart is drawn where one is wanted', async () => {
  expect((await cost('--chart', 'cost.svg')).code).toBe(0);
  expect(await readFile(join(folder, 'cost.svg'), 'utf8')).toContain(
    '<title id="title">What a million files cost',
  );
  const nowhere = await cost('--chart', 'missing/cost.svg');
  expect(nowhere).toMatchObject({ code: 2, stdout: '' });
  expect(nowhere.stderr).toContain('The chart cannot be written to missing/cost.svg');
  expect((await cost('--chart', 'cost.svg', '--files', '0')).code).toBe(2);
});

test.each([
  [['--files', 'many'], 'Expected a whole number from 0'],
  [['--files', '1.5'], 'Expected a whole number from 0'],
  [['--count', '0'], 'Expected a whole number from 1'],
  [['--count', '100000'], 'Expected a whole number from 1 to 10,000.'],
  [['--over', '1hour'], 'Expected a time from 1s to 3660d'],
  [['--window', '1hour'], 'Expected a time from 1s to 14d, such as 30s, 5m, 1h or 2d. Did you mean 1h?'],
  [['--window', '20d'], 'Expected a time from 1s to 14d'],
  [
    ['--quiet', '2h', '--window', '1h'],
    'leaves quiet at 2h and window at 1h; expected quiet to be no longer than window',
  ],
  [['--size', '5 parsecs'], 'Expected a size such as'],
  [['--failed', '101'], 'Expected a number from 0 to 100'],
])('%j is refused in words', async (words, message) => {
  const { code, stderr } = await cost(...words);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

test('an error is a document too', async () => {
  for (const words of [
    ['--window', '20d'],
    ['--quiet', '2h'],
    ['--region', 'eu-west-3'],
  ]) {
    const { code, stdout } = await cost(...words, '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'usage' } });
  }
});
