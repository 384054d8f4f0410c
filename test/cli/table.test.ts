import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { painter } from '../../src/cli/colour.ts';
import { type Column, table, tsv } from '../../src/cli/text/table.ts';
import { widthOf } from '../../src/cli/text/width.ts';

interface Row {
  route: string;
  key: string;
  events: number;
  note: string;
}

const COLUMNS: Column<Row>[] = [
  { title: 'ROUTE', value: ({ route }) => route, rank: 0, shrinkTo: 8 },
  { title: 'KEY', value: ({ key }) => key, rank: 1, shrinkTo: 12, cut: 'middle' },
  { title: 'EVENTS', value: ({ events }) => String(events), rank: 0, align: 'right' },
  { title: 'NOTE', value: ({ note }) => note, rank: 3 },
];

const ROWS: Row[] = [
  { route: 'sales', key: 'chapter10/2026/11/02/orders-000001.csv', events: 7, note: 'plain' },
  { route: 'a-route-with-a-very-long-name', key: '数据/注文.csv', events: 12_345, note: 'wide characters' },
  { route: 'emoji', key: '👩‍👩‍👧/e\u0301té.csv', events: 1, note: 'a family and a combining accent' },
];

const plain = painter(false);
const HOSTILE = [
  'a\u001b[2Jb',
  'tab\tnew\nline',
  '\u009b31mred',
  'rtl\u202egpj',
  'nul\0',
  'lone\ud800',
  'back\\slash',
];

describe('a table', () => {
  test.each([40, 80, 200])('fits a terminal of %i columns', (width) => {
    const lines = table(ROWS, COLUMNS, { width, paint: plain });
    expect(lines.join('\n')).toMatchSnapshot();
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
  });

  test.each([1, 2, 5, 9, 13, 20, 33])('never draws a line wider than %i columns', (width) => {
    for (const line of table(ROWS, COLUMNS, { width, paint: plain })) {
      expect(widthOf(line)).toBeLessThanOrEqual(width);
    }
  });

  test('keeps its columns in line where characters are two columns wide', () => {
    const [header = '', ...rows] = table(ROWS, COLUMNS, { width: 200, paint: plain });
    const column = widthOf(header.slice(0, header.indexOf('NOTE')));
    for (const [index, row] of rows.entries()) {
      const note = ROWS[index]!.note;
      expect(widthOf(row.slice(0, row.lastIndexOf(note)))).toBe(column);
    }
  });

  test('cuts nothing in a pipe, whatever the width', () => {
    const long = { route: 'r'.repeat(500), key: 'k'.repeat(1_024), events: 1, note: '' };
    expect(tsv([long], COLUMNS, plain)).toEqual([`${long.route}\t${long.key}\t1\t`]);
  });

  test('colours only where colours are wanted', () => {
    const styled = COLUMNS.map((column) => ({ ...column, style: () => 'red' as const }));
    expect(tsv(ROWS, styled, painter(true)).join('')).toContain('\u001b[31m');
    expect(tsv(ROWS, styled, plain).join('')).not.toContain('\u001b');
    const lines = table(ROWS, styled, { width: 80, paint: painter(true) });
    for (const line of lines) expect(widthOf(stripVTControlCharacters(line))).toBeLessThanOrEqual(80);
  });
});

describe('a hostile value', () => {
  test.each(HOSTILE)('cannot act on the terminal or forge a field: %j', (key) => {
    const row = { route: 'r', key, events: 1, note: '' };
    const [line = '', ...more] = tsv([row], COLUMNS, plain);
    expect(more).toEqual([]);
    expect(line.split('\t')).toHaveLength(COLUMNS.length);
    for (const shown of [line, ...table([row], COLUMNS, { width: 80, paint: plain })]) {
      expect(shown.replaceAll('\t', '')).not.toMatch(/[\p{Cc}\u202e\ud800]/u);
    }
  });

  test('is shown so that two different keys never look alike', () => {
    const shown = ['a\tb', 'a\\tb', 'a\u200bb', 'ab', 'a\\u200bb'].map(
      (key) => tsv([{ route: '', key, events: 0, note: '' }], COLUMNS, plain)[0],
    );
    expect(new Set(shown).size).toBe(shown.length);
  });
});
