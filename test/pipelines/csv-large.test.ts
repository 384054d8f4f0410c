import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCsvFile } from '../../pipelines/process-files/csv-file.ts';
import { convertGroup, groupByHeader } from '../../pipelines/process-files/csv-group.ts';
import { convertQuickly } from '../../pipelines/process-files/csv-quick.ts';
import { literal, withDuckdb } from '../../pipelines/process-files/duckdb.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-large-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A little more than DuckDB leaves to one thread. */
const LARGE_BYTES = 8_200_000;

/** A header and so many rows of a number and a text that the file is large. */
function large(textOf: (row: number) => string, newline = '\n'): { content: string; rows: number } {
  const parts = [`id,text${newline}`];
  let bytes = 0;
  let rows = 0;
  for (; bytes < LARGE_BYTES; rows += 1) {
    const row = `A${rows},${textOf(rows)}${newline}`;
    parts.push(row);
    bytes += row.length;
  }
  return { content: parts.join(''), rows };
}

/** One group of these contents, as they are opened when they are too large for the memory. */
async function opened(...contents: string[]) {
  const files = [];
  for (const [index, content] of contents.entries()) {
    const path = join(folder, `fetched-${index}`);
    await writeFile(path, content);
    const at = { bucket: 'b', key: `${index}.csv`, size: content.length };
    files.push((await openCsvFile(at, { path }, {}, folder, `own-${index}`, false)).file);
  }
  const [group] = groupByHeader(files);
  return group!;
}

async function count(parquet: string | null, where: string): Promise<number> {
  const [row] = await withDuckdb((duckdb) =>
    duckdb.rows(
      `SELECT count(*)::INTEGER AS n FROM read_parquet(${literal(parquet ?? 'none')}) WHERE ${where}`,
    ),
  );
  return Number(row?.n);
}

const SMALL = 'id,text\nB,x\n';

describe('a large file with line breaks inside quotes', () => {
  it.each([
    ['texts', (row: number) => `"Dear all, hello\nplease, look\nthanks, A${row}"`, '\n'],
    ['texts that look like rows', (row: number) => `"${'1,x\n'.repeat(2_000)}A${row}"`, '\n'],
    ['texts that look like quoted rows', (row: number) => `",q\n${'1,x\n'.repeat(2_000)}A${row}"`, '\n'],
    ['CRLF everywhere', (row: number) => `"Dear all, hello\r\nplease, look\r\nthanks, A${row}"`, '\r\n'],
  ])(
    'is taken over with all its rows in one reading, and so is its neighbour: %s',
    async (_name, textOf, newline) => {
      const { content, rows } = large(textOf, newline);
      const group = await opened(SMALL, content);
      expect(await convertQuickly(group, {}, join(folder, 'quick'))).toBe(rows + 1);
      const wrong = `id <> 'B' AND text NOT LIKE '%' || id || '%'`;
      expect(await count(join(folder, 'quick'), wrong)).toBe(0);
    },
  );

  it('is taken over when it is looked at alone too, as for a blank line at its end', async () => {
    const { content, rows } = large((row) => `"${'1,x\n'.repeat(2_000)}A${row}"`);
    const group = await opened(SMALL, `${content}\n\n`);
    expect(group.files.map((file) => file.rows)).toEqual([1, null]);
    const converted = await convertGroup(group, {}, folder, 'out');
    expect(converted).toMatchObject({ files: 2, rows: rows + 1, failures: [] });
    expect(await count(converted.parquet, `text = repeat('1,x\n', 2000) || id`)).toBe(rows);
  });

  it('that ends inside quotes is named with the line, though one thread would pass over that', async () => {
    const { content } = large((row) => `"Dear all, hello\nplease, look\nthanks, A${row}"`);
    const line = content.split('\n').length;
    await expect(opened(`${content}5,"open\n`)).rejects.toMatchObject({
      name: 'BadRowsError',
      badRows: [{ line }],
    });
  });
});

/** Without quotes, so that many megabytes have none. */
const LONG = 'a text without any';
const PLAIN = '"text, and text, and text, and text"';

describe('a large file', () => {
  it.each([
    ['without quotes is divided among threads', (row: number) => `text ${row}`, true],
    ['is divided where every line break ends a row', (row: number) => `"text, ""${row}"""`, true],
    ['is divided where quotes come late, too', (row: number) => (row < 150_000 ? LONG : PLAIN), true],
    [
      'is left to one thread for a line break inside the first late quotes',
      (row: number) => (row < 150_000 ? LONG : '"a\nb"'),
      false,
    ],
    [
      'is left to one thread for a line break inside quotes',
      (row: number) => (row === 99_999 ? '"a\nb"' : PLAIN),
      false,
    ],
    [
      'is left to one thread for a carriage return inside quotes',
      (row: number) => (row === 9 ? '"a\rb"' : PLAIN),
      false,
    ],
  ])('%s', async (_name, textOf, isDivided) => {
    for (const newline of ['\n', '\r\n']) {
      const { content, rows } = large(textOf, newline);
      const [file] = (await opened(content)).files;
      expect({ rows: file?.rows, undivided: file?.undivided ?? false }).toEqual({
        rows,
        undivided: !isDivided,
      });
      const [unended] = (await opened(content.slice(0, -newline.length))).files;
      expect(unended?.undivided ?? false).toBe(!isDivided);
    }
  });
});

describe('a file that DuckDB cannot read for a reason of its own', () => {
  it('is named, and its neighbours are taken over', async () => {
    const { content } = large(() => '"Dear all, hello\nplease, look\nthanks, X"');
    const group = await opened(SMALL, content, SMALL);
    // Divided all the same, DuckDB 1.5.5 gives up.
    await withDuckdb((duckdb) => duckdb.rows('SET threads = 2'));
    const files = group.files.map(({ undivided: _, ...file }) => file);
    const converted = await convertGroup({ ...group, files }, {}, folder, 'out');
    expect(converted).toMatchObject({ files: 2, rows: 2 });
    expect(converted.failures).toMatchObject([{ key: '1.csv', error: 'UnreadableFileError' }]);
    expect(await count(converted.parquet, `text = 'x'`)).toBe(2);
  });
});
