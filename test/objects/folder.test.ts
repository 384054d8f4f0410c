import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderObjects } from '../../src/objects/folder.ts';
import { ObjectStoreError } from '../../src/objects/folder-errors.ts';
import { KEY_BYTES_MAX, keyFault } from '../../src/objects/folder-path.ts';
import { stampOf } from '../../src/objects/folder-stamp.ts';
import { ObjectKeyError, ObjectNotFoundError } from '../../src/objects/objects.ts';
import { keysIn, naughtyKeys, objectsContract } from '../contracts/objects.ts';

let root: string;
let outside: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'spillway-folder-'));
  outside = await mkdtemp(join(tmpdir(), 'spillway-outside-'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
  await rm(outside, { recursive: true, force: true });
});

objectsContract('a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spillway-contract-'));
  return {
    objects: folderObjects({ root: folder }),
    bucket: 'landing',
    close: () => rm(folder, { recursive: true }),
  };
});

describe('objects in a folder', () => {
  it('are files under the bucket, and nothing else is left beside them', async () => {
    const objects = folderObjects({ root });
    await objects.write({ bucket: 'landing', key: 'a/b.csv' }, 'x');
    expect(await readFile(join(root, 'landing/a/b.csv'), 'utf8')).toBe('x');
    expect(await readdir(join(root, '.spillway/tmp'))).toEqual([]);
  });

  it('are handed over where they lie', async () => {
    const objects = folderObjects({ root });
    await objects.write({ bucket: 'landing', key: 'a/b.csv' }, 'x');
    expect(await objects.toFile({ bucket: 'landing', key: 'a/b.csv' }, outside)).toBe(
      join(root, 'landing/a/b.csv'),
    );
  });

  it('may lie in a root that is itself reached through a symbolic link', async () => {
    await symlink(root, join(outside, 'data'));
    const objects = folderObjects({ root: join(outside, 'data') });
    await objects.write({ bucket: 'landing', key: 'k' }, 'x');
    expect(await readFile(join(root, 'landing/k'), 'utf8')).toBe('x');
    expect(await objects.head({ bucket: 'landing', key: 'k' })).not.toBeNull();
  });

  it.each(naughtyKeys.filter((key) => keyFault(key) !== null))(
    'refuses the key %j in every function, and touches nothing',
    async (key) => {
      const objects = folderObjects({ root });
      await writeFile(join(outside, 'file'), 'mine');
      const at = { bucket: 'landing', key };
      await expect(objects.write(at, 'x')).rejects.toThrow(ObjectKeyError);
      await expect(objects.read(at)).rejects.toThrow(ObjectKeyError);
      await expect(objects.head(at)).rejects.toThrow(ObjectKeyError);
      await expect(objects.remove(at)).rejects.toThrow(ObjectKeyError);
      await expect(objects.toFile(at, outside)).rejects.toThrow(ObjectKeyError);
      await expect(objects.fromFile(at, join(outside, 'file'))).rejects.toThrow(ObjectKeyError);
      expect(await readFile(join(outside, 'file'), 'utf8')).toBe('mine');
      expect(await readdir(root)).toEqual([]);
    },
  );

  it.each(['', '.', '..', 'a/b', 'a\\b', '\0', '.git', '/', '\ud800', 'x'.repeat(256)])(
    'refuses the bucket %j',
    async (bucket) => {
      const objects = folderObjects({ root });
      await expect(objects.write({ bucket, key: 'k' }, 'x')).rejects.toThrow(ObjectKeyError);
      await expect(keysIn(objects, bucket, '')).rejects.toThrow(ObjectKeyError);
      expect(await readdir(root)).toEqual([]);
    },
  );

  it('finds what was written, though others looked for its folder before that', async () => {
    const objects = folderObjects({ root });
    await objects.write({ bucket: 'landing', key: 'first' }, '');
    for (let round = 0; round < 200; round += 1) {
      const at = { bucket: 'landing', key: `folder-${round}/x` };
      const early = Array.from({ length: 4 }, () => objects.read(at).catch(() => null));
      // Somewhere in the midst of those.
      for (let turn = 0; turn < round % 10; turn += 1) await Promise.resolve();
      mkdirSync(join(root, 'landing', `folder-${round}`));
      writeFileSync(join(root, 'landing', at.key), 'x');
      expect(Buffer.from(await objects.read(at)).toString()).toBe('x');
      await Promise.all(early);
    }
  });

  it('keeps the home its own bucket, without the files being written', async () => {
    const objects = folderObjects({ root });
    await objects.write({ bucket: '.spillway', key: 'manifests/1.json' }, '{}');
    await writeFile(join(root, '.spillway/tmp/half'), 'x');
    expect(await keysIn(objects, '.spillway', '')).toEqual(['manifests/1.json']);
    await expect(objects.write({ bucket: '.spillway', key: 'tmp/half' }, 'y')).rejects.toThrow(
      ObjectKeyError,
    );
  });

  it('takes a key of exactly 1,024 bytes and refuses one more', async () => {
    const objects = folderObjects({ root });
    const key = `${'é/'.repeat(341)}x`;
    expect(Buffer.byteLength(key)).toBe(KEY_BYTES_MAX);
    await objects.write({ bucket: 'landing', key }, 'x');
    expect(await objects.head({ bucket: 'landing', key })).toMatchObject({ size: 1 });
    await expect(objects.write({ bucket: 'landing', key: `${key}y` }, 'x')).rejects.toThrow(ObjectKeyError);
  });

  it('refuses a key whose place a file or a folder has, and keeps what is there', async () => {
    const objects = folderObjects({ root });
    await objects.write({ bucket: 'landing', key: 'a' }, 'file');
    await objects.write({ bucket: 'landing', key: 'd/e' }, 'file');
    await expect(objects.write({ bucket: 'landing', key: 'a/b' }, 'x')).rejects.toThrow(ObjectKeyError);
    await expect(objects.write({ bucket: 'landing', key: 'a/b/c' }, 'x')).rejects.toThrow(ObjectKeyError);
    await expect(objects.write({ bucket: 'landing', key: 'd' }, 'x')).rejects.toThrow(ObjectKeyError);
    expect(await keysIn(objects, 'landing', '')).toEqual(['a', 'd/e']);
    expect(await readdir(join(root, '.spillway/tmp'))).toEqual([]);
  });

  it('takes a key again whose name an empty folder was left with', async () => {
    const objects = folderObjects({ root });
    await objects.write({ bucket: 'landing', key: 'a/b' }, 'x');
    await objects.remove({ bucket: 'landing', key: 'a/b' });
    await objects.write({ bucket: 'landing', key: 'a' }, 'y');
    expect(await objects.head({ bucket: 'landing', key: 'a' })).toMatchObject({ size: 1 });
  });

  it('never removes what is not an object', async () => {
    const objects = folderObjects({ root });
    await mkdir(join(root, 'landing/folder'), { recursive: true });
    await symlink(join(outside, 'x'), join(root, 'landing/link'));
    await objects.remove({ bucket: 'landing', key: 'folder' });
    await objects.remove({ bucket: 'landing', key: 'link' });
    expect(await readdir(join(root, 'landing'))).toEqual(['folder', 'link']);
  });
});

describe('symbolic links in a folder of objects', () => {
  beforeEach(async () => {
    await writeFile(join(outside, 'secret'), 'secret');
    await mkdir(join(root, 'landing'));
    await symlink(join(outside, 'secret'), join(root, 'landing/file'));
    await symlink(outside, join(root, 'landing/folder'));
    await symlink(outside, join(root, 'bucket'));
  });

  it.each([
    ['landing', 'file'],
    ['landing', 'folder/secret'],
    ['bucket', 'secret'],
  ])('are not read: %s/%s', async (bucket, key) => {
    const objects = folderObjects({ root });
    await expect(objects.read({ bucket, key })).rejects.toThrow(ObjectNotFoundError);
    await expect(objects.toFile({ bucket, key }, root)).rejects.toThrow(ObjectNotFoundError);
    expect(await objects.head({ bucket, key })).toBeNull();
  });

  it('are not listed', async () => {
    const objects = folderObjects({ root });
    await objects.write({ bucket: 'landing', key: 'real' }, 'x');
    expect(await keysIn(objects, 'landing', '')).toEqual(['real']);
    expect(await keysIn(objects, 'landing', 'folder/')).toEqual([]);
    expect(await keysIn(objects, 'bucket', '')).toEqual([]);
  });

  it.each([
    ['landing', 'folder/x'],
    ['landing', 'folder/deep/er/x'],
    ['bucket', 'x'],
  ])('are not written through: %s/%s', async (bucket, key) => {
    const objects = folderObjects({ root });
    await expect(objects.write({ bucket, key }, 'x')).rejects.toThrow(ObjectKeyError);
    expect(await readdir(outside)).toEqual(['secret']);
  });

  it('are replaced by an object of the same key, and what they point to stays', async () => {
    const objects = folderObjects({ root });
    await objects.write({ bucket: 'landing', key: 'file' }, 'mine');
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
    expect(await readFile(join(root, 'landing/file'), 'utf8')).toBe('mine');
  });

  it('are not removed through', async () => {
    const objects = folderObjects({ root });
    await objects.remove({ bucket: 'landing', key: 'folder/secret' });
    expect(await readdir(outside)).toEqual(['secret']);
  });
});

describe('a folder of objects that the file system fails', () => {
  it('says what could not be done, why and what to do, and keeps the old content (EACCES)', async (context) => {
    if (process.getuid?.() === 0) context.skip('root may write anywhere');
    const objects = folderObjects({ root });
    await objects.write({ bucket: 'landing', key: 'k' }, 'old');
    await chmod(join(root, 'landing'), 0o555);
    const failed = await objects
      .write({ bucket: 'landing', key: 'k' }, 'new')
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ObjectStoreError);
    expect(failed).toMatchObject({ code: 'EACCES', path: join(root, 'landing/k') });
    await chmod(join(root, 'landing'), 0o755);
    expect(await readFile(join(root, 'landing/k'), 'utf8')).toBe('old');
    expect(await readdir(join(root, '.spillway/tmp'))).toEqual([]);
  });

  it('says so when the root is a file', async () => {
    await writeFile(join(outside, 'file'), '');
    const objects = folderObjects({ root: join(outside, 'file') });
    await expect(objects.write({ bucket: 'landing', key: 'k' }, 'x')).rejects.toThrow(ObjectStoreError);
  });

  it('says so when the disk is full or read-only, and keeps the old content (ENOSPC, EROFS)', async (context) => {
    const mount = join(root, 'small');
    await mkdir(mount);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', mount], { stdio: 'ignore' });
    } catch {
      context.skip('only root may mount a small file system');
    }
    try {
      const objects = folderObjects({ root: mount });
      await objects.write({ bucket: 'landing', key: 'k' }, 'old');
      const failed = await objects
        .write({ bucket: 'landing', key: 'k' }, 'x'.repeat(200_000))
        .catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(ObjectStoreError);
      expect(failed).toMatchObject({ code: 'ENOSPC', message: expect.stringContaining('make room') });
      expect(Buffer.from(await objects.read({ bucket: 'landing', key: 'k' })).toString()).toBe('old');
      expect(await readdir(join(mount, '.spillway/tmp'))).toEqual([]);
      // Another file system than the scratch folder's: copied, still in one step.
      await writeFile(join(outside, 'file'), 'moved');
      await objects.fromFile({ bucket: 'landing', key: 'k' }, join(outside, 'file'));
      expect(Buffer.from(await objects.read({ bucket: 'landing', key: 'k' })).toString()).toBe('moved');
      expect(await readdir(outside)).toEqual([]);
      execFileSync('mount', ['-o', 'remount,ro', mount]);
      const refused = objects.write({ bucket: 'landing', key: 'k' }, 'new');
      await expect(refused).rejects.toMatchObject({ name: 'ObjectStoreError', code: 'EROFS' });
      expect(Buffer.from(await objects.read({ bucket: 'landing', key: 'k' })).toString()).toBe('moved');
    } finally {
      execFileSync('umount', [mount]);
    }
  });

  it('is never left with a part of an object by a kill, and tidies up after one a day later', async () => {
    const script = `
      import { folderObjects } from ${JSON.stringify(new URL('../../src/objects/folder.ts', import.meta.url).href)};
      const objects = folderObjects({ root: ${JSON.stringify(root)} });
      for (let round = 0; ; round++) {
        await objects.write({ bucket: 'landing', key: 'k' }, String(round % 10).repeat(4_000_000));
        if (round === 1) process.stdout.write('writing');
      }`;
    const writer = spawn(process.execPath, ['--input-type=module-typescript', '-e', script]);
    await new Promise((resolve) => writer.stdout.once('data', resolve));
    // Killed in the middle of a write: the scratch folder has a file most of the time.
    await expect.poll(() => readdir(join(root, '.spillway/tmp')), { interval: 1 }).toHaveLength(1);
    writer.kill('SIGKILL');
    await new Promise((resolve) => writer.once('exit', resolve));
    const objects = folderObjects({ root });
    const content = Buffer.from(await objects.read({ bucket: 'landing', key: 'k' })).toString();
    expect(content).toHaveLength(4_000_000);
    expect(new Set(content).size).toBe(1);

    const leftover = join(root, '.spillway/tmp', '1-00000000-0000-4000-8000-000000000000');
    await writeFile(leftover, 'half');
    await writeFile(join(root, '.spillway/tmp/not-ours'), 'kept');
    await objects.write({ bucket: 'landing', key: 'k' }, 'x');
    expect(await readdir(join(root, '.spillway/tmp'))).toContain('1-00000000-0000-4000-8000-000000000000');
    await utimes(join(root, '.spillway/tmp/not-ours'), 0, 0);
    const nextDay = folderObjects({ root, now: () => Date.now() + 2 * 86_400_000 });
    await nextDay.write({ bucket: 'landing', key: 'k' }, 'x');
    expect(await readdir(join(root, '.spillway/tmp'))).toEqual(['not-ours']);
  });
});

describe('the stamp of a file', () => {
  it('changes with size and modification time, and with nothing else', async () => {
    const path = join(root, 'file');
    const stamp = async () => stampOf(await stat(path, { bigint: true }));
    await writeFile(path, 'abc');
    const first = await stamp();
    await chmod(path, 0o600);
    expect((await stamp()).sequencer).toBe(first.sequencer);
    expect(await stamp()).toEqual(first);
    await utimes(path, 1_000, 1_000);
    const touched = await stamp();
    expect(touched.sequencer).not.toBe(first.sequencer);
    expect(touched.etag).not.toBe(first.etag);
    await writeFile(path, 'abcd');
    await utimes(path, 1_000, 1_000);
    expect((await stamp()).sequencer).not.toBe(touched.sequencer);
  });

  it('sorts the newest write last, of two at the same instant the larger', () => {
    const at = (mtimeNs: bigint, size: bigint) => stampOf({ size, mtimeNs, ctimeNs: mtimeNs }).sequencer;
    const ascending = [
      at(0n, 0n),
      at(255n, 5n),
      at(256n, 4n),
      at(1_800_000_000_000_000_000n, 9n),
      at(1_800_000_000_000_000_000n, 10n),
    ];
    expect([...ascending].sort()).toEqual(ascending);
    expect(new Set(ascending.map((one) => one.length))).toEqual(new Set([30]));
    expect(at(-1n, 0n)).toMatch(/^[0-9a-f]{30}$/);
  });

  it('is born after its modification time, and after nothing known when that lies after the change time', () => {
    const now = 1_800_000_000_000_000_000n;
    expect(stampOf({ size: 1n, mtimeNs: now, ctimeNs: now }).bornAfter).toBe(1_800_000_000_000);
    expect(stampOf({ size: 1n, mtimeNs: now, ctimeNs: now + 1n }).bornAfter).toBe(1_800_000_000_000);
    expect(stampOf({ size: 1n, mtimeNs: now + 1n, ctimeNs: now }).bornAfter).toBe(0);
    expect(stampOf({ size: 1n, mtimeNs: -5n, ctimeNs: now }).bornAfter).toBe(0);
  });
});
