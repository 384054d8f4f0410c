import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clearAbandoned, makeScratch } from '../../src/executions/scratch.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'spillway-scratch-'));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const isThere = (folder: string) =>
  access(folder).then(
    () => true,
    () => false,
  );

test('what a killed process left is removed; what a living one uses, and what is not ours, stays', async () => {
  const scratch = new URL('../../src/executions/scratch.ts', import.meta.url).href;
  const script = `
    const { makeScratch } = await import(${JSON.stringify(scratch)});
    console.log(await makeScratch(process.argv[1]));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, parent]);
  const [line] = await once(child.stdout, 'data');
  const folder = String(line).trim();
  await writeFile(join(folder, 'source.csv'), 'a,b\n');
  const other = join(parent, 'spillway-step-notes.txt');
  await writeFile(other, 'not ours');

  await clearAbandoned(parent);
  expect(await isThere(folder)).toBe(true);

  child.kill('SIGKILL');
  await once(child, 'exit');
  await clearAbandoned(parent);
  expect(await isThere(folder)).toBe(false);
  expect(await isThere(other)).toBe(true);
});

test('a process that begins again under the same number takes nothing over', async () => {
  const folder = await makeScratch(parent);
  await clearAbandoned(parent);
  expect(await isThere(folder)).toBe(false);
});

test('a parent that is not there is nothing to clear, and is made when it is needed', async () => {
  const missing = join(parent, 'deeper', 'still');
  await clearAbandoned(missing);
  expect(await isThere(await makeScratch(missing))).toBe(true);
});
