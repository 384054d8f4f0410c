import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BenchOptions } from '../../bench/bench.ts';
import { isAsAt } from '../../bench/commit.ts';
import { BENCHES } from '../../bench/registry.ts';
import { load, type Result, resultOf, save } from '../../bench/results.ts';
import { type Wanted, whyMeasure } from '../../bench/run-all.ts';
import { engineName, versionsOf } from '../../bench/versions.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-kept-'));
});
afterAll(() => rm(folder, { recursive: true }));

const OPTIONS: BenchOptions = { quick: false, rounds: 1, seed: 1, flags: {}, say: () => {} };

test('a result carries the versions of what its bench used, and is read as it was saved', async () => {
  const bench = {
    name: 'hot',
    about: '',
    run: async () => ({ engine: engineName('DynamoDB Local'), sections: [], rows: [{ k: 1 }] }),
  };
  const result = await resultOf(bench, OPTIONS);
  const pom = await readFile('test/emulator/dynamodb-local/pom.xml', 'utf8');
  expect(pom).toContain(`<version>${result.versions?.['DynamoDB Local']}</version>`);
  expect(Object.keys(result.versions ?? {})).toEqual(['DynamoDB Local', 'AWS SDK client-dynamodb']);
  const file = join(folder, 'hot.json');
  await save(file, result);
  expect(await load(file)).toEqual(result);
});

test('versions are told for every bench, and are those that are pinned', async () => {
  for (const name of BENCHES) {
    for (const version of Object.values(versionsOf(name))) expect(version).toMatch(/^\d+\.\d+\.\d+/);
  }
  const pinned = JSON.parse(await readFile('package.json', 'utf8'));
  expect(versionsOf('csv')).toEqual({
    DuckDB: pinned.dependencies['@duckdb/node-api'],
    'hyparquet-writer': pinned.devDependencies['hyparquet-writer'],
  });
  expect(versionsOf('hot', engineName('dynalite')).dynalite).toBe(pinned.dependencies.dynalite);
});

test('an old result, without commit and versions, is read all the same', async () => {
  const { commit: _commit, versions: _versions, ...old } = KEPT;
  const file = join(folder, 'old.json');
  await writeFile(file, JSON.stringify(old));
  expect(await load(file)).toEqual(old);
  expect(await whyMeasure(old, WANTED)).toMatch('does not say of which commit');
});

const NOW = Date.parse('2026-01-05T12:00:00.000Z');
const KEPT: Result = {
  ...{ schemaVersion: 1, name: 'soak', date: '2026-01-05T08:00:00.000Z', quick: false, commit: 'abc1234' },
  machine: { cores: 2, cpu: 'a CPU', memoryGiB: 4, node: 'v24.0.0', system: 'linux x64' },
  versions: {},
  sections: [],
  rows: [{ minute: 0 }, { minute: 60 }],
};
const WANTED: Wanted = { quick: false, again: false, flags: {}, now: NOW, isAsAt: async () => true };

test('what was measured lately, of the same code, is not measured again', async () => {
  expect(await whyMeasure(KEPT, WANTED)).toBeNull();
  expect(await whyMeasure(KEPT, { ...WANTED, flags: { minutes: '60' } })).toBeNull();
});

test.each<[string, Result | null, Partial<Wanted>]>([
  ['nothing is kept of it', null, {}],
  ['to be measured again', KEPT, { again: true }],
  ['measured in full', KEPT, { quick: true }],
  ['is of 2026-01-05T08:00:00.000Z', KEPT, { now: NOW + 12 * 3_600_000 }],
  ['with changes that nobody knows', { ...KEPT, commit: 'abc1234+' }, {}],
  ['not as they were at abc1234', KEPT, { isAsAt: async () => false }],
  ['lasted 60 minutes', KEPT, { flags: { minutes: '90' } }],
])('it is measured again, and why is said: %s', async (why, known, changes) => {
  expect(await whyMeasure(known, { ...WANTED, ...changes })).toMatch(why);
});

test('nothing is as it was at a commit that there is not', async () => {
  expect(await isAsAt('0000000')).toBe(false);
});
