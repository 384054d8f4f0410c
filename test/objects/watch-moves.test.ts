import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { codeOf } from '../../src/objects/folder-errors.ts';
import { stampOf } from '../../src/objects/folder-stamp.ts';
import { watchFolder } from '../../src/objects/watch.ts';

const seed = Number(process.env.SPILLWAY_SEED ?? Date.now() % 1_000_000);
const STEPS = 300;
/** What may go wrong when names are taken and given up at random. */
const EXPECTED = ['ENOENT', 'EEXIST', 'ENOTEMPTY', 'ENOTDIR', 'EISDIR', 'EINVAL'];

it(`whatever folders are moved, swapped and removed, each file that is left was counted as it is (SPILLWAY_SEED=${seed})`, async () => {
  const root = await mkdtemp(join(tmpdir(), 'spillway-moves-'));
  const bucket = join(root, 'landing');
  const counted = new Set<string>();
  const watch = await watchFolder({
    root,
    buckets: ['landing'],
    onEvents: async (events) => {
      for (const { key, sequencer } of events) counted.add(`${key} ${sequencer}`);
    },
    onProblem: (problem) => expect.fail(problem.message),
    clock: { now: Date.now, random: Math.random },
  });
  try {
    await mkdir(join(root, '.aside'));
    const next = numbersFrom(seed);
    for (let step = 0; step < STEPS; step++) {
      await oneStep(next, root, bucket).catch((error: unknown) => {
        if (!EXPECTED.includes(codeOf(error))) throw error;
      });
      if (next(4) === 0) await pause(next(3) === 0 ? next(300) : next(15));
    }
    const left = filesIn(bucket);
    await expect.poll(() => left.filter((file) => !counted.has(file)), { timeout: 10_000 }).toEqual([]);
  } finally {
    await watch.stop();
    await rm(root, { recursive: true });
  }
}, 60_000);

/** Few names, so that one is often taken by another. */
async function oneStep(next: (below: number) => number, root: string, bucket: string): Promise<void> {
  const folder = () => join(bucket, ...Array.from({ length: 1 + next(3) }, () => `d${next(4)}`));
  const file = () => `f${next(6)}`;
  const aside = () => join(root, '.aside', `o${next(4)}`);
  const here = folder();
  switch (next(9)) {
    case 0:
      return await rename(here, folder());
    case 1:
      return await rm(here, { recursive: true });
    case 2:
      return await rename(here, aside());
    case 3:
      return await rename(aside(), here);
    case 4:
      return await rename(join(here, file()), join(folder(), file()));
    case 5:
      if (next(6) === 0) await rm(bucket, { recursive: true });
      await mkdir(here, { recursive: true });
      return;
    default:
      await mkdir(here, { recursive: true });
      await writeFile(join(here, file()), 'x'.repeat(next(50)));
  }
}

function filesIn(folder: string, prefix = ''): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path, `${prefix}${entry.name}/`);
    return `${prefix}${entry.name} ${stampOf(lstatSync(path, { bigint: true })).sequencer}`;
  });
}

/** Pseudo-random whole numbers by xorshift. */
function numbersFrom(start: number) {
  let state = Math.imul(start, 2_654_435_761) >>> 0 || 1;
  return (below: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
