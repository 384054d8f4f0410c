import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const PACKAGE = new URL('../../package.json', import.meta.url);

const flagsIn = (text: string) => text.split(' ').filter((word) => word.startsWith('--'));

test('the command and npm start give Node the same flags, which it knows', async () => {
  const [firstLine = ''] = (await readFile(MAIN, 'utf8')).split('\n');
  const { scripts } = JSON.parse(await readFile(PACKAGE, 'utf8')) as { scripts: { start: string } };
  expect(flagsIn(firstLine)).toEqual(flagsIn(scripts.start));
  expect(flagsIn(firstLine)).not.toEqual([]);
  const { stdout } = await promisify(execFile)(MAIN, ['--version']);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('the young part of the heap is bounded where the command is started', async () => {
  const [firstLine = ''] = (await readFile(MAIN, 'utf8')).split('\n');
  const size = async (flags: string[]) => {
    const script = `const kept = [];
      for (let turn = 0; turn < 200; turn++) kept[turn % 5] = Array.from({ length: 20000 }, (_, index) => ({ index }));
      const space = require('node:v8').getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
      console.log(space.space_size);`;
    return Number((await promisify(execFile)(process.execPath, [...flags, '-e', script])).stdout);
  };
  expect(await size(flagsIn(firstLine))).toBeLessThanOrEqual(16 * 1024 * 1024);
  expect(await size([])).toBeGreaterThan(16 * 1024 * 1024);
});
