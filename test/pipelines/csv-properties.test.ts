import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCsvFile } from '../../pipelines/process-files/csv-file.ts';
import { convertGroup, groupByHeader } from '../../pipelines/process-files/csv-group.ts';
import { csvPacker } from '../../pipelines/process-files/csv-pack.ts';
import { records } from '../../pipelines/process-files/csv-records.ts';
import { readParquet } from './home.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-csv-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;

/** Takes a content through header, check and Parquet: its rows, or the name of the error it was given. */
async function take(content: string | Uint8Array): Promise<{ rows: string[][] } | { error: string }> {
  files += 1;
  try {
    const file = { bucket: 'b', key: 'k', size: 1 };
    const fetched = { content: Buffer.from(content as string) };
    const { file: opened, packable } = await openCsvFile(file, fetched, {}, folder, `own-${files}`, true);
    const packer = csvPacker(folder, `${files}`, 0);
    const packed = packable ? await packer.add(opened, packable) : opened;
    await packer.finish();
    const [group] = groupByHeader([packed]);
    const taken = await convertGroup(group!, {}, folder, `out-${files}`);
    if (taken.failures[0]) return { error: taken.failures[0].error };
    const rows = taken.parquet === null ? [] : await readParquet(taken.parquet);
    expect(rows).toHaveLength(taken.rows);
    return {
      rows: rows.map((row) => Object.values(row).map((value) => (value === null ? '' : String(value)))),
    };
  } catch (error) {
    return { error: error instanceof Error ? error.name : 'no Error' };
  }
}

const NAMED = ['BadRowsError', 'UnreadableFileError', 'HeaderError'];
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

describe('any CSV', () => {
  it('that is well formed comes out with every value as it went in', async () => {
    const cell = fc.oneof(
      fc.constantFrom(
        '',
        'a',
        '"',
        '""',
        ',',
        'x\ny',
        'x\r\ny',
        '=cmd()',
        ' ',
        '007',
        '1e3',
        '-0',
        'é',
        '😀',
        'NULL',
        "'",
      ),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
    );
    // Letters first, so that every column is text and nothing is a question of spelling.
    const table = fc.tuple(
      fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 8 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.constantFrom(',', ';', '\t', '|'),
    );
    await fc.assert(
      fc.asyncProperty(table, async ([rows, newline, delimiter]) => {
        const lines = [['t1', 't2', 't3'], ['text', 'text', 'text'], ...rows];
        const content = lines.map((row) => row.map(quoted).join(delimiter)).join(newline);
        const taken = await take(content);
        expect(taken).toEqual({ rows: lines.slice(1) });
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it('however broken comes out with exactly the rows that a second reader finds, or is named', async () => {
    const fragment = fc.constantFrom(
      'a',
      '1',
      '"',
      '""',
      ',',
      '\n',
      '\r\n',
      '\r',
      ';',
      ' ',
      '\n\n',
      'é',
      '\0',
      '"x"',
      ',,',
    );
    const seen = { taken: 0, named: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(fragment, { maxLength: 25 }), async (fragments) => {
        const content = `h1,h2\n${fragments.join('')}`;
        const taken = await take(content);
        if ('error' in taken) {
          seen.named += 1;
          expect(NAMED).toContain(taken.error);
          return;
        }
        seen.taken += 1;
        const path = join(folder, 'second');
        await writeFile(path, content);
        const expected: string[][] = [];
        for await (const { number, fields } of records(path, ',')) {
          // Empty fields too many are delimiters at the end of the line: nothing is lost without them.
          while (fields.length > 2 && fields.at(-1) === '') fields.pop();
          if (number > 1 && !(fields.length === 1 && fields[0] === '')) expected.push(fields);
        }
        expect(taken.rows).toEqual(expected);
      }),
      { numRuns: 200 },
    );
    expect(seen.taken).toBeGreaterThan(5);
    expect(seen.named).toBeGreaterThan(5);
  }, 120_000);

  it('that is no CSV at all is named or read, never a crash', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        const taken = await take(bytes);
        if ('error' in taken) expect(NAMED).toContain(taken.error);
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});
