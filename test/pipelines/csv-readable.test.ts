import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CsvFile } from '../../pipelines/process-files/csv-file.ts';
import { readableFiles } from '../../pipelines/process-files/csv-readable.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-readable-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function filesOf(...contents: string[]): Promise<CsvFile[]> {
  const head = { delimiter: ',', skip: 0, header: ['a'], rows: null, spellings: null };
  const files = contents.map((content, index) => ({
    ...head,
    ...{ bucket: 'b', key: `${index}`, size: content.length, path: join(folder, `${index}.csv`) },
  }));
  for (const [index, { path }] of files.entries()) await writeFile(path, contents[index] ?? '');
  return files;
}

/** Fails as soon as one of the files has the text. */
const failsFor = (text: string, message: string) => {
  const attempts: number[] = [];
  const attempt = async (files: readonly CsvFile[]) => {
    attempts.push(files.length);
    for (const { path } of files) if ((await readFile(path, 'utf8')).includes(text)) throw new Error(message);
  };
  return { attempt, attempts };
};

const keys = (files: readonly { key: string }[]) => files.map(({ key }) => key);

describe('the search for files that cannot be converted', () => {
  it('finds the few among many by halves, and keeps the order of the others', async () => {
    const contents = Array.from({ length: 64 }, (_, n) => (n === 9 || n === 40 ? 'a\nbad\n' : 'a\n1\n'));
    const { attempt, attempts } = failsFor('bad', 'Cannot: bad\nand more');
    const { readable, failures } = await readableFiles(await filesOf(...contents), attempt, new Error('all'));
    expect(keys(readable)).toEqual([...contents.keys()].filter((n) => n !== 9 && n !== 40).map(String));
    expect(failures).toEqual([
      {
        bucket: 'b',
        key: '9',
        error: 'UnreadableFileError',
        cause: 'DuckDB cannot read the file: Cannot: bad',
      },
      {
        bucket: 'b',
        key: '40',
        error: 'UnreadableFileError',
        cause: 'DuckDB cannot read the file: Cannot: bad',
      },
    ]);
    expect(attempts.length).toBeLessThan(30);
  });

  it('calls for another try, and blames no file, where the machine ran short', async () => {
    const full = 'IO Error: Could not write file "x": No space left on device';
    const { attempt } = failsFor('', full);
    const { readable, failures } = await readableFiles(await filesOf('a\n', 'a\n'), attempt, new Error(full));
    expect(readable).toEqual([]);
    expect(failures).toMatchObject([{ error: 'RetryableError' }, { error: 'RetryableError' }]);
  });
});
