import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createClient } from '../../src/cli/client/client.ts';
import { askBatches, askWindows } from '../../src/cli/client/endpoints.ts';
import { dynamoLog } from '../../src/log/dynamodb.ts';
import { openEmbeddedTable } from '../../src/table/embedded.ts';
import { PIPELINES, type Server, startServer } from './server.ts';

const CYCLES = 20;
const FILES_PER_CYCLE = 40;
const ROWS_PER_FILE = 5;
const ROUTES = `
buckets: { landing: {}, curated: {} }
routes:
  flood:
    bucket: landing
    prefix: in/
    suffixes: [.csv]
    batch: { count: 25, window: 3s }
    queue: dedicated
    pipeline: process-files
    output: { bucket: curated, prefix: flood/ }
    csv: { columns: { file: BIGINT, line: BIGINT } }
`;

let folder: string;
let running: Server | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-kill-'));
  await mkdir(join(folder, 'data', 'landing', 'in'), { recursive: true });
  await writeFile(join(folder, 'routes.yml'), ROUTES);
  await symlink(PIPELINES, join(folder, 'pipelines'));
});

afterEach(async () => {
  running?.process.kill('SIGKILL');
  await running?.ended;
  await rm(folder, { recursive: true, force: true });
});

test(`${CYCLES} times killed in the middle of a flood: every file in one batch, every batch done once, every row once`, {
  timeout: 300_000,
}, async () => {
  const seed = Number(process.env.SPILLWAY_SEED ?? Date.now() % 1_000_000);
  console.info(`kill -9: SPILLWAY_SEED=${seed}`);
  const random = mulberry(seed);
  const root = join(folder, 'data');
  let written = 0;
  let killedBusy = 0;
  for (let cycle = 0; cycle < CYCLES; cycle += 1) {
    running = startServer(root, join(folder, 'routes.yml'));
    // Now and then it dies while it starts.
    if (random() < 0.8) await running.listening;
    const flood = writeFiles(root, written, FILES_PER_CYCLE);
    written += FILES_PER_CYCLE;
    // At any moment, and every other time while executions run: on a slow machine chance alone would hit few of them.
    if (cycle % 2 === 0) await pause(random() * 1200);
    else await expect.poll(() => unfinished(root), { timeout: 20_000, interval: 5 }).toBeGreaterThan(0);
    running.process.kill('SIGKILL');
    expect(await running.ended).toBe('SIGKILL');
    killedBusy += (await unfinished(root)) > 0 ? 1 : 0;
    await flood;
  }
  // Otherwise the kills hit an idle server and prove nothing.
  expect(killedBusy).toBeGreaterThan(CYCLES / 4);

  running = startServer(root, join(folder, 'routes.yml'));
  const url = await running.listening;
  const client = createClient({ url, authorize: async () => ({}) });
  await expect
    .poll(
      async () => {
        const { windows } = await askWindows(client, {});
        const batches = await allBatches(client);
        const counted = batches.reduce((sum, { count }) => sum + count, 0);
        return [counted, windows.length, batches.filter(({ status }) => status !== 'succeeded').length];
      },
      { timeout: 90_000, interval: 500 },
    )
    .toEqual([written, 0, 0]);
  const batches = await allBatches(client);
  running.process.kill('SIGTERM');
  expect(await running.ended).toBe(0);

  const keys = await keysInLog(root);
  expect(keys).toHaveLength(written);
  expect(new Set(keys).size).toBe(written);
  expect(batches.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(batches.map((_, index) => index + 1));
  for (const { reason, count } of batches) if (reason === 'count') expect(count).toBe(25);
  const ended = await readdir(join(root, '.spillway', 'executions', 'ended'));
  const names = ended.filter((name) => name.endsWith('.json') && !name.endsWith('.trace.json'));
  expect(names.sort()).toEqual(batches.map(({ id }) => `${id}.json`).sort());
  expect(await rowsOut(root)).toEqual({ rows: written * ROWS_PER_FILE, distinct: written * ROWS_PER_FILE });
});

async function writeFiles(root: string, from: number, count: number): Promise<void> {
  for (let file = from; file < from + count; file += 1) {
    const rows = Array.from({ length: ROWS_PER_FILE }, (_, line) => `${file},${line}`);
    const draft = join(root, `draft-${file}`);
    await writeFile(draft, `file,line\n${rows.join('\n')}\n`);
    await rename(draft, join(root, 'landing', 'in', `${file}.csv`));
    await pause(5);
  }
}

/** Executions that were under way when the server died. */
async function unfinished(root: string): Promise<number> {
  const names = await readdir(join(root, '.spillway', 'executions', 'running')).catch(() => []);
  return names.filter((name) => name.endsWith('.json')).length;
}

async function allBatches(client: ReturnType<typeof createClient>) {
  const found: Awaited<ReturnType<typeof askBatches>>['batches'] = [];
  let cursor: string | undefined;
  do {
    const page = await askBatches(client, { limit: 200, ...(cursor && { cursor }) });
    found.push(...page.batches);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return found;
}

async function keysInLog(root: string): Promise<string[]> {
  const table = await openEmbeddedTable({ folder: join(root, '.spillway', 'table') });
  try {
    const log = dynamoLog(table);
    const keys: string[] = [];
    for (let next = 1; ; ) {
      const records = await log.readForward({ route: 'flood', partition: '' }, next, 100);
      keys.push(...records.flatMap(({ events }) => events.map(({ key }) => key)));
      const last = records.at(-1);
      if (!last) return keys;
      next = last.seq + 1;
    }
  } finally {
    await table.close();
  }
}

async function rowsOut(root: string) {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const files = `'${root}/curated/flood/**/*.parquet'`;
  const result = await connection.runAndReadAll(
    `select count(*)::int as rows, count(distinct (file, line))::int as distinct_rows from read_parquet(${files})`,
  );
  const [[rows, distinct] = []] = result.getRowsJS();
  connection.closeSync();
  instance.closeSync();
  return { rows, distinct };
}

function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
