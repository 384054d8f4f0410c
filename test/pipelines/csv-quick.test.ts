import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fits, fitsInferred, INFERRED_TYPES, surelyFits } from '../../pipelines/process-files/column-fit.ts';
import { openCsvFile } from '../../pipelines/process-files/csv-file.ts';
import { convertGroup, groupByHeader } from '../../pipelines/process-files/csv-group.ts';
import { csvPacker } from '../../pipelines/process-files/csv-pack.ts';
import { convertQuickly } from '../../pipelines/process-files/csv-quick.ts';
import { records } from '../../pipelines/process-files/csv-records.ts';
import { plainScanner } from '../../pipelines/process-files/csv-scan.ts';
import { literal, withDuckdb } from '../../pipelines/process-files/duckdb.ts';
import type { CsvSettings } from '../../src/core/policy.ts';
import { readParquet } from './home.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-quick-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Opens contents as the files of one unit, packed as the step packs them. */
async function opened(contents: (string | Uint8Array)[], settings: CsvSettings = {}) {
  const packer = csvPacker(folder, 'p', 0);
  const files = [];
  for (const [index, content] of contents.entries()) {
    const at = { bucket: 'b', key: `${index}.csv`, size: 1 };
    const fetched = { content: Buffer.from(content as string) };
    const { file, packable } = await openCsvFile(
      at,
      fetched,
      settings,
      folder,
      `own-${index}`,
      index % 2 === 1,
    );
    files.push(packable ? await packer.add(file, packable) : file);
  }
  await packer.finish();
  return groupByHeader(files);
}

describe('small plain files', () => {
  const contents = [
    'a,b\n1,x\n2,"y\nz"\n',
    '\ufeffa,b\r\n3,x\r\n4,"y,""z"\r\n',
    'a,b\n5,unended',
    'a,b\n',
    'a,b\r\n6,"un\r\nended"',
    '"a","b"\n7,\n',
    'a,b\n8,""\n',
  ];

  it('are read together in their order, whatever their line breaks', async () => {
    const [group, ...others] = await opened(contents);
    expect(others).toEqual([]);
    const converted = await convertGroup(group!, {}, folder, 'out');
    expect(converted).toMatchObject({ files: 7, rows: 8, failures: [] });
    const rows = await readParquet(converted.parquet!);
    expect(rows.map(({ a }) => a)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
    expect(rows.map(({ b }) => b)).toEqual(['x', 'y\nz', 'x', 'y,"z', 'unended', 'un\r\nended', null, null]);
    // In one reading: no file was given its own path.
    expect((await readdir(folder)).filter((name) => name.startsWith('own-'))).toEqual([]);
  });

  it('come out alike when they are read one by one', async () => {
    const [group] = await opened(contents);
    const quick = await convertGroup(group!, {}, folder, 'quick');
    const files = group!.files.map((file) => ({ ...file, rows: null }));
    expect(await convertQuickly({ ...group!, files }, {}, join(folder, 'x'))).toBeNull();
    const careful = await convertGroup({ ...group!, files }, {}, folder, 'careful');
    expect(careful).toMatchObject({ files: 7, rows: 8, failures: [] });
    expect(await readParquet(careful.parquet!)).toEqual(await readParquet(quick.parquet!));
  });

  it.each([
    ['a short row', 'sep=,\r\na,b\r\n1,2\r\n"3\r\n",4\r\n5\r\n', { line: 6 }, {}],
    [
      'a value that does not fit',
      'sep=,\r\na,b\r\n1,2\r\n3,4\r\nx,6\r\n',
      { line: 5, column: 'a' },
      { a: 'INTEGER' },
    ],
    [
      'a value that is not UTF-8',
      Buffer.from('sep=,\r\na,b\r\n1,2\r\n3,caf\xe9\r\n', 'latin1'),
      { line: 4 },
      {},
    ],
  ])('with %s are named with the line of their own, in any place', async (_name, bad, row, types) => {
    for (const place of [0, 2, 4]) {
      const good = Array.from({ length: 4 }, (_, file) => `sep=,\r\na,b\r\n${file},"x\r\ny"\r\n`);
      const settings = { columns: { a: 'VARCHAR', b: 'VARCHAR', ...types } };
      const [group] = await opened([...good.slice(0, place), bad, ...good.slice(place)], settings);
      const converted = await convertGroup(group!, settings, folder, `out-${place}`);
      expect(converted).toMatchObject({ files: 4, rows: 4 });
      expect(converted.failures).toMatchObject([
        { key: `${place}.csv`, error: 'BadRowsError', badRows: [row] },
      ]);
    }
  });

  it('go into several packs of some megabytes, and into one reading all the same', async () => {
    const row = `1,${'x'.repeat(50_000)}\n`;
    const [group] = await opened(Array.from({ length: 12 }, () => `a,b\n${row.repeat(18)}`));
    const packs = (await readdir(folder)).filter((name) => name.startsWith('pack-'));
    expect(packs.length).toBeGreaterThan(1);
    expect(await convertQuickly(group!, {}, join(folder, 'out'))).toBe(12 * 18);
  });

  it('whose rows DuckDB counts differently are not taken over by the quick reading', async () => {
    const [group] = await opened(['a,b\n1,2\n', 'a,b\n3,4\n']);
    const files = group!.files.map((file) => ({ ...file, rows: 2 }));
    expect(await convertQuickly(group!, {}, join(folder, 'out'))).toBe(2);
    expect(await convertQuickly({ ...group!, files }, {}, join(folder, 'out'))).toBeNull();
  });
});

describe('the scanner', () => {
  const shapeOf = (text: string, delimiter = ',') => {
    const scanner = plainScanner(delimiter, { skip: 1, columns: 2 });
    // In odd pieces: nothing may depend on where they end.
    const bytes = Buffer.from(text);
    for (let from = 0; from < bytes.length; from += 3) scanner.push(bytes.subarray(from, from + 3));
    return scanner.shape();
  };

  it.each([
    ['a quote in a value', 'a\nx"y\n'],
    ['text behind a quote', 'a\n"x"y\n'],
    ['a space before a quote', 'a,b\n1, "x"\n'],
    ['an open quote', 'a\n"x\n'],
    ['an empty line', 'a\n\nx\n'],
    ['two kinds of line breaks', 'a\r\nx\n'],
    ['a carriage return alone', 'a\rx\r'],
  ])('does not call %s plain', (_name, text) => {
    expect(shapeOf(text)).toBeNull();
    expect(shapeOf('a\n"x"\n')).toMatchObject({ records: 2 });
  });

  it('counts what a second reader counts', async () => {
    const fragment = fc.constantFrom('a', '"', '""', '"x"', ',', '\n', '\r\n', ' ', 'é', '"y\nz"');
    let plain = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fragment, { maxLength: 20 }), async (fragments) => {
        const text = `h,i\n${fragments.join('')}`;
        const shape = shapeOf(text);
        if (shape === null) return;
        plain += 1;
        await writeFile(join(folder, 'text'), text);
        let found = 0;
        for await (const _record of records(join(folder, 'text'), ',')) found += 1;
        expect(shape.records).toBe(found);
      }),
      { numRuns: 1_000 },
    );
    expect(plain).toBeGreaterThan(50);
  });
});

describe('the quick test of a value', () => {
  let texts: string;
  beforeAll(() => {
    const all = ['', ' ', '0', '-0', '+1', '007', '1', '-12', '2.5', '2.50', '1.0', '1e3', '1e400', '1e-300'];
    all.push('1e-400', '0e-400', '1_000', '1_0.5', '\t1.5', '9007199254740993', '0.123456789012345');
    all.push('1e+20', 'nan', 'inf', 'infinity', '-infinity', '999999999999999999', '9999999999999999999');
    all.push(
      '2024-02-29',
      '2024-2-9',
      '0044-03-15 (BC)',
      '12345-01-01',
      '1234567-01-01',
      '10:00:00',
      '10:00',
    );
    all.push('2024-02-29 10:00:00', '2024-02-29T10:00:00', '2024-02-29 10:00:00.5', '10:00:00.123456');
    all.push(
      '0044-03-15 (BC) 10:00:00',
      '0044-03-15 10:00:00 (BC)',
      '12345-01-01 10:00:00',
      'true',
      '24:00:00',
    );
    all.push('2024-02-29 10:00:00.1234567+02', '2024-02-29 10:00:00+99', '2024-02-29 10:00:00 Europe/Paris');
    all.push('2024-02-29 10:00:00+02', '1970-01-01 00:00:00.123456789', '0001-01-01 00:00:00', 'x');
    texts = all.map(literal).join(', ');
  });

  const declared = ['INTEGER', 'HUGEINT', 'UTINYINT', 'FLOAT', 'DOUBLE', 'DECIMAL(5,2)', 'DATE', 'TIME'];
  declared.push('TIMESTAMP', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS', 'TIMESTAMPTZ', 'BOOLEAN', 'UUID');
  const cases: [string, string, string | null, string][] = [
    ...declared.map((type): [string, string, string | null, string] => [
      type,
      'declared',
      surelyFits('c', 'v', type, false),
      fits('c', type),
    ]),
    ...INFERRED_TYPES.map((type): [string, string, string | null, string] => [
      type,
      'guessed',
      surelyFits('c', 'v', type, true),
      fitsInferred('c', type),
    ]),
  ];

  it.each(cases)('of a %s, %s, is never true where the full one is false', async (type, _how, sure, full) => {
    const rows = await withDuckdb((duckdb) =>
      duckdb.rows(
        `SELECT c FROM (SELECT c, try_cast(c AS ${type}) AS v FROM (SELECT unnest([${texts}]) AS c))
         WHERE coalesce(${sure ?? 'false'}, false) AND NOT ${full}`,
      ),
    );
    expect(rows).toEqual([]);
  });
});
