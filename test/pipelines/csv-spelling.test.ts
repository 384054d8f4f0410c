import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCsvFile, scanRest } from '../../pipelines/process-files/csv-file.ts';
import { convertGroup, groupByHeader } from '../../pipelines/process-files/csv-group.ts';
import { csvPacker } from '../../pipelines/process-files/csv-pack.ts';
import { convertQuickly } from '../../pipelines/process-files/csv-quick.ts';
import { plainScanner } from '../../pipelines/process-files/csv-scan.ts';
import { isReadAs, typeOf } from '../../pipelines/process-files/csv-spelling.ts';
import type { CsvSettings } from '../../src/core/policy.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-spelling-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Bits of a column with these values, read in pieces of so many bytes. */
function bitsOf(values: readonly string[], piece = 1_000_000): number {
  const scanner = plainScanner(',', { skip: 1, columns: 2 });
  const bytes = Buffer.from(`0,h\n${values.map((value) => `x,${value}\n`).join('')}`);
  for (let from = 0; from < bytes.length; from += piece) scanner.push(bytes.subarray(from, from + piece));
  return scanner.shape()?.spellings[1] ?? -1;
}

describe('how a column is written', () => {
  it.each([
    ['BIGINT', ['0', '-1', '999999999999999999', '', '"7"', '-0']],
    ['DOUBLE', ['0.5', '-12', '123456789.123456', '"2.0"']],
    ['DOUBLE', ['0.123456789012345', '12345678901.2345', '123456789012345', '1.5']],
    ['DATE', ['2026-11-02', '"1999-01-01"', '']],
    ['TIMESTAMP', ['2026-11-02 08:40:00', '2026-11-02T08:40:00.123456']],
    ['BOOLEAN', ['true', 'FALSE', '"True"']],
    ['VARCHAR', ['1', 'one', '2']],
    ['VARCHAR', ['"a ""1"""', '']],
    ['VARCHAR', [' 1']],
    ['VARCHAR', ['+1']],
    ['VARCHAR', ['truely', '1']],
    ['VARCHAR', ['-x']],
    [null, ['', '""']],
  ])('tells that its type is %s, wherever a piece of the file ends: %j', (type, values) => {
    for (const piece of [1, 2, 3, 5, 1_000]) expect(typeOf(bitsOf(values, piece))).toBe(type);
  });

  it.each([
    [['1e3']],
    [['007']],
    [['1.']],
    [['1234567890123456789']],
    [['1234567890123456', '0.5']],
    [['123456789.1234567']],
    [['0.1234567890123456']],
    [['2026-11-02', '2026-11-02 08:40:00']],
    [['2026-11-02 08:40']],
    [['0044-03-15']],
    [['1', 'true']],
  ])('does not tell a type where somebody else has to look: %j', (values) => {
    expect(typeOf(bitsOf(values))).toBeUndefined();
  });

  it('lets a declared type be read directly only where it changes no value', () => {
    expect(isReadAs('INTEGER', bitsOf(['007', '-12']))).toBe(true);
    expect(isReadAs('INTEGER', bitsOf(['7', '2.5']))).toBe(false);
    expect(isReadAs('DOUBLE', bitsOf(['7', '02.5']))).toBe(true);
    expect(isReadAs('DOUBLE', bitsOf(['1e400']))).toBe(false);
    expect(isReadAs('FLOAT', bitsOf(['9'.repeat(40)]))).toBe(false);
    expect(isReadAs('DATE', bitsOf(['2026-11-02 08:40:00']))).toBe(false);
    expect(isReadAs('TIMESTAMP', bitsOf(['2026-11-02 08:40:00.1234567']))).toBe(false);
    expect(isReadAs('TIMESTAMP', bitsOf(['2026-11-02 08:40:00+02']))).toBe(false);
    expect(isReadAs('DECIMAL(5,2)', bitsOf(['1.234']))).toBe(false);
  });

  it('leaves the header alone, whatever it is called', () => {
    const scanner = plainScanner(',', { skip: 2, columns: 2 });
    scanner.push(Buffer.from('sep=,\n"2026","x"\n1,2\n'));
    expect(Array.from(scanner.shape()?.spellings ?? [], typeOf)).toEqual(['BIGINT', 'BIGINT']);
  });
});

let runs = 0;

async function opened(contents: readonly string[], settings: CsvSettings) {
  runs += 1;
  const packer = csvPacker(folder, `${runs}`, 0);
  const files = [];
  for (const [index, content] of contents.entries()) {
    const at = { bucket: 'b', key: `${index}.csv`, size: 1 };
    const fetched = { content: Buffer.from(content) };
    const { file, packable } = await openCsvFile(
      at,
      fetched,
      settings,
      folder,
      `${runs}-${index}`,
      index > 0,
    );
    files.push(packable ? await packer.add(file, packable) : file);
  }
  await packer.finish();
  return groupByHeader(files)[0]!;
}

/** Columns with their types, and all rows as text. */
async function contentOf(parquet: string | null): Promise<unknown> {
  if (parquet === null) return null;
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const told = await connection.runAndReadAll(`DESCRIBE FROM read_parquet('${parquet}')`);
  const rows = await connection.runAndReadAll(`FROM read_parquet('${parquet}')`);
  connection.closeSync();
  const types = told.getRowObjectsJson().map(({ column_type: type }) => type);
  return { types, rows: rows.getRowObjectsJson() };
}

/** What the look at each single file says, which counts and checks for itself. */
async function carefully(contents: readonly string[], settings: CsvSettings) {
  const group = await opened(contents, settings);
  const files = group.files.map(({ unscanned: _, ...file }) => ({ ...file, rows: null, spellings: null }));
  return await convertGroup({ ...group, files }, settings, folder, `careful-${runs}`);
}

describe('values read as what they are', () => {
  const pad = (value: number, width = 2) => String(value).padStart(width, '0');
  const day = fc
    .tuple(
      fc.integer({ min: 1, max: 9999 }),
      fc.integer({ min: 1, max: 13 }),
      fc.integer({ min: 0, max: 31 }),
    )
    .map(([y, m, d]) => `${pad(y, 4)}-${pad(m)}-${pad(d)}`);
  const time = fc
    .tuple(
      fc.integer({ min: 0, max: 24 }),
      fc.integer({ min: 0, max: 60 }),
      fc.constantFrom('', '.5', '.123456'),
    )
    .map(([h, m, f]) => `${pad(h)}:${pad(m)}:00${f}`);
  const kinds = [
    fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }).map(String),
    fc.integer({ min: -300, max: 300 }).map(String),
    fc.tuple(fc.integer(), fc.nat()).map(([a, b]) => `${a}.${b}`),
    fc.constantFrom('0', '-0', '007', '-0.0', '00.5', '1e3'),
    day,
    fc.tuple(day, fc.constantFrom(' ', 'T'), time).map((parts) => parts.join('')),
    fc.constantFrom('true', 'False', 'TRUE'),
  ];
  const spelling = fc.tuple(fc.constantFrom('', '', '"'), fc.boolean());
  const column = fc
    .constantFrom(...kinds)
    .chain((kind) => fc.array(fc.tuple(kind, spelling), { minLength: 4, maxLength: 4 }))
    .map((values) =>
      values.map(([value, [quote, isEmpty]]) => (isEmpty && quote ? '' : quote + value + quote)),
    );
  const types = ['TINYINT', 'BIGINT', 'UINTEGER', 'FLOAT', 'DOUBLE', 'DATE', 'TIMESTAMP', 'BOOLEAN'];

  it('come out with the same types, values and failures as file by file, types declared or not', async () => {
    let quick = 0;
    await fc.assert(
      fc.asyncProperty(column, column, fc.option(fc.constantFrom(...types)), async (one, other, type) => {
        const settings: CsvSettings = type === null ? {} : { columns: { a: type, b: 'VARCHAR' } };
        const row = (index: number) => `${one[index]},${other[index]}\n`;
        const contents = [`a,b\n${row(0)}${row(1)}`, `a,b\n${row(2)}`, `a,b\n${row(3)}`];
        if ((await convertQuickly(await opened(contents, settings), settings, join(folder, 'x'))) !== null)
          quick += 1;
        const converted = await convertGroup(
          await opened(contents, settings),
          settings,
          folder,
          `all-${runs}`,
        );
        const careful = await carefully(contents, settings);
        expect({ ...converted, parquet: null }).toEqual({ ...careful, parquet: null });
        expect(await contentOf(converted.parquet)).toEqual(await contentOf(careful.parquet));
      }),
      { numRuns: 100 },
    );
    expect(quick).toBeGreaterThan(20);
  }, 60_000);
});

describe('files that are scanned while they are read', () => {
  const good = Array.from({ length: 6 }, (_, file) => `a,b\n${file},x\n`);

  it('leave others their turn, however many bytes there are', async () => {
    const content = Buffer.from(`a,b\n${'1,x\n'.repeat(250_000)}`);
    const head = { delimiter: ',', skip: 0, header: ['a', 'b'], rows: null, spellings: null };
    const file = { ...head, bucket: 'b', key: 'k', size: content.length, path: 'none', unscanned: content };
    let turns = 0;
    const count = () => {
      turns += 1;
      immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    const scanned = await scanRest(Array.from({ length: 12 }, () => file));
    clearImmediate(immediate);
    expect(scanned.map(({ rows }) => rows)).toEqual(Array(12).fill(250_000));
    expect(turns).toBeGreaterThanOrEqual(4);
  });

  it('may be written otherwise than the first: all are read once more, as they are', async () => {
    const contents = [...good, 'a,b\n2.5,y\n'];
    const group = await opened(contents, {});
    expect(group.files.filter(({ unscanned }) => unscanned)).toHaveLength(6);
    expect(await convertQuickly(group, {}, join(folder, 'otherwise'))).toBe(7);
    const content = (await contentOf(join(folder, 'otherwise'))) as {
      types: string[];
      rows: { a: unknown }[];
    };
    expect(content.types).toEqual(['DOUBLE', 'VARCHAR']);
    expect(content.rows.map(({ a }) => a)).toEqual([0, 1, 2, 3, 4, 5, 2.5]);
  });

  it.each([
    ['ends inside quotes', 'a,b\n1,x\n2,"y\n', 3],
    ['has too few fields', 'a,b\n1,x\n2\n', 3],
    ['has a value that does not fit', 'a,b\n1,x\n\nz,y\n', 4],
  ])('are taken over without one that %s, which is named with its line', async (_what, bad, line) => {
    const settings = { columns: { a: 'INTEGER', b: 'VARCHAR' } };
    const group = await opened([...good.slice(0, 3), bad, ...good.slice(3)], settings);
    const converted = await convertGroup(group, settings, folder, `without-${runs}`);
    expect(converted).toMatchObject({ files: 6, rows: 6 });
    expect(converted.failures).toMatchObject([{ key: '3.csv', error: 'BadRowsError', badRows: [{ line }] }]);
    expect((await contentOf(converted.parquet)) as object).toMatchObject({ rows: { length: 6 } });
  });
});
