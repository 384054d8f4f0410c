import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FolderInUseError, FolderUnwritableError } from '../../src/table/errors.ts';
import { lockFolder } from '../../src/table/lock.ts';
import { seeded } from '../contracts/records.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A pid that no process has: the largest that Linux gives out (pid_max) is 4,194,304. */
const NOBODY = 4_194_305;

test('a folder is taken once, and can be taken again after its release', async () => {
  const lock = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toMatchObject({
    name: 'FolderInUseError',
    folder,
    pid: process.pid,
  });
  await lock.release();
  await (await lockFolder(folder)).release();
  expect(await readdir(folder)).toEqual([]);
});

test('a folder that is not there is made, with those above it', async () => {
  const deep = join(folder, 'a', 'b', 'c');
  await (await lockFolder(deep)).release();
  expect(await readdir(deep)).toEqual([]);
});

test('the lock of a process that is gone is taken over', async () => {
  await writeFile(join(folder, 'lock'), JSON.stringify({ pid: NOBODY, boot: null, started: null }));
  const lock = await lockFolder(folder);
  expect(JSON.parse(await readFile(join(folder, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid });
  await lock.release();
});

test.runIf(process.platform === 'linux')(
  'a pid that another process has by now does not hold the folder',
  async () => {
    const lock = await lockFolder(folder);
    const own = JSON.parse(await readFile(join(folder, 'lock'), 'utf8'));
    await lock.release();
    expect(own.started).toMatch(/^\d+$/);
    for (const other of [
      { ...own, started: '1' },
      { ...own, boot: 'an earlier boot' },
    ]) {
      await writeFile(join(folder, 'lock'), JSON.stringify(other));
      await (await lockFolder(folder)).release();
    }
    // The control: the very same process does hold it.
    await writeFile(join(folder, 'lock'), JSON.stringify(own));
    await expect(lockFolder(folder)).rejects.toBeInstanceOf(FolderInUseError);
  },
);

test.each(['', 'garbage', '{}', '{"pid":0}', '{"pid":"7"}', 'null'])(
  'a lock that says %j is nobody\u2019s',
  async (content) => {
    await writeFile(join(folder, 'lock'), content);
    await (await lockFolder(folder)).release();
  },
);

test('of 30 that take over a dead lock at about the same time exactly one gets the folder', async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = seeded(seed);
  for (let round = 0; round < 30; round += 1) {
    await writeFile(join(folder, 'lock'), JSON.stringify({ pid: NOBODY, boot: null, started: `${round}` }));
    const results = await Promise.allSettled(
      Array.from({ length: 30 }, async () => {
        for (let turns = random() * 40; turns > 0; turns -= 1) await setImmediate();
        return lockFolder(folder);
      }),
    );
    const taken = results.filter((result) => result.status === 'fulfilled');
    expect(taken, `round ${round} of seed ${seed}`).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(FolderInUseError);
    }
    await taken[0]?.value.release();
    expect(await readdir(folder)).toEqual([]);
  }
});

test('a release leaves a lock alone that is not its own any more', async () => {
  const lock = await lockFolder(folder);
  await writeFile(join(folder, 'lock'), '{"pid":1}');
  await lock.release();
  expect(await readFile(join(folder, 'lock'), 'utf8')).toBe('{"pid":1}');
});

test('a folder that cannot be made is said to be unwritable', async () => {
  const file = join(folder, 'a-file');
  await writeFile(file, '');
  for (const impossible of [file, join(file, 'below')]) {
    await expect(lockFolder(impossible)).rejects.toBeInstanceOf(FolderUnwritableError);
    await expect(lockFolder(impossible)).rejects.toThrow(impossible);
  }
});

test.runIf(process.platform === 'linux')(
  'a file system that allows no folders is said to be unwritable',
  async () => {
    await expect(lockFolder('/proc/spillway/data')).rejects.toBeInstanceOf(FolderUnwritableError);
  },
);
