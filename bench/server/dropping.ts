import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Files written at the same time. */
const WRITERS = 16;

/** Writes files into a bucket's folder; resolves with how long that took (ms). */
export async function dropAll(root: string, keys: readonly string[], content = 'x'): Promise<number> {
  await makeFolders(root, keys);
  const began = performance.now();
  await eachOf(keys, (key) => writeFile(join(root, 'landing', key), content));
  return performance.now() - began;
}

/** Writes files beside the buckets first. `release` then renames them into place, which takes next to no time. */
export async function prepare(root: string, keys: readonly string[], content = 'x') {
  await makeFolders(root, keys);
  const staging = join(root, '.staging');
  await mkdir(staging, { recursive: true });
  await eachOf(keys, (_, index) => writeFile(join(staging, String(index)), content));
  return {
    /** Resolves with how long it took (ms). */
    async release(): Promise<number> {
      const began = performance.now();
      await eachOf(keys, (key, index) => rename(join(staging, String(index)), join(root, 'landing', key)));
      return performance.now() - began;
    },
  };
}

async function makeFolders(root: string, keys: readonly string[]): Promise<void> {
  const folders = new Set(keys.map((key) => dirname(join(root, 'landing', key))));
  for (const folder of folders) await mkdir(folder, { recursive: true });
}

async function eachOf(keys: readonly string[], work: (key: string, index: number) => Promise<void>) {
  const queue = keys.entries();
  const worker = async () => {
    for (const [index, key] of queue) await work(key, index);
  };
  await Promise.all(Array.from({ length: WRITERS }, worker));
}

/** Renames a finished file into place, so that it is complete at one moment; resolves with that moment (ms). */
export async function dropAtOnce(root: string, key: string, content = 'x'): Promise<number> {
  const place = join(root, 'landing', key);
  await mkdir(dirname(place), { recursive: true });
  const beside = join(root, `.${key.replaceAll('/', '-')}`);
  await writeFile(beside, content);
  await rename(beside, place);
  return Date.now();
}

/** Drops files at a steady rate until told to stop. A disk that cannot keep up is not made up for later. */
export function dropSteadily(root: string, perSecond: number, keyOf: (index: number) => string) {
  const TICK_MS = 50;
  let stopped = false;
  let dropped = 0;
  const run = async () => {
    const began = performance.now();
    while (!stopped) {
      const due = Math.floor(((performance.now() - began) / 1000) * perSecond);
      const keys = Array.from({ length: Math.min(due - dropped, perSecond) }, (_, index) =>
        keyOf(dropped + index),
      );
      await dropAll(root, keys);
      dropped += keys.length;
      await pause(TICK_MS);
    }
  };
  const running = run();
  return {
    get dropped() {
      return dropped;
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}
