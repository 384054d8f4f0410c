import type { Painter, Style } from '../colour.ts';
import { escapeValue } from './escape.ts';
import { cut, widthOf } from './width.ts';

/** One column of a table: what a program reads, and how a person sees it. */
export interface Column<Row> {
  title: string;
  /** The exact value, for pipes. */
  value(row: Row): string;
  /** The value as a terminal shows it, where that differs. */
  show?(row: Row): string;
  style?(row: Row): Style | undefined;
  align?: 'left' | 'right';
  /** The least width to which it may be cut; without it the column is shown whole or left out. */
  shrinkTo?: number;
  cut?: 'end' | 'middle';
  /** Columns with the largest rank are left out first on a narrow terminal; rank 0 always stays. */
  rank: number;
}

const GAP = '  ';

/**
 * Tab-separated lines, nothing cut and no header line: what `cut`, `awk` and `wc -l` expect. Tabs, newlines and
 * control characters inside values are escaped, so every row is one line with the same number of fields.
 */
export function tsv<Row>(rows: readonly Row[], columns: readonly Column<Row>[], paint: Painter): string[] {
  return rows.map((row) =>
    columns.map((column) => paint(column.style?.(row), escapeValue(column.value(row)))).join('\t'),
  );
}

/** A table with a header line for a terminal of `width` columns; no line is wider. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  view: { width: number; paint: Painter },
): string[] {
  const { shown, widths } = layOut(columns, rows, view.width);
  const line = (
    textIn: (column: Column<Row>) => string,
    styleIn: (column: Column<Row>) => Style | undefined,
  ) =>
    shown
      .map((column, index) => {
        const width = widths[index] ?? 0;
        const text = cut(textIn(column), width, column.cut);
        const space = ' '.repeat(width - widthOf(text));
        const painted = view.paint(styleIn(column), text);
        return column.align === 'right' ? space + painted : painted + space;
      })
      .join(GAP)
      .trimEnd();
  const header = line(
    ({ title }) => title,
    () => 'dim',
  );
  const body = rows.map((row) =>
    line(
      (column) => textOf(column, row),
      (column) => column.style?.(row),
    ),
  );
  return [header, ...body];
}

function textOf<Row>(column: Column<Row>, row: Row): string {
  return escapeValue((column.show ?? column.value)(row));
}

/**
 * Leaves out columns that are empty in every row, then others until the least widths fit; then takes from the widest
 * until everything fits.
 */
function layOut<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number) {
  let shown = columns
    .filter((column) => column.rank === 0 || rows.some((row) => textOf(column, row) !== ''))
    .map((column) => ({ column, natural: naturalWidth(column, rows) }));
  while (shown.length > 1 && total(shown.map(leastWidth)) > width) {
    const out = Math.max(...shown.map(({ column }) => column.rank));
    if (out === 0) break;
    const index = shown.findLastIndex(({ column }) => column.rank === out);
    shown = shown.toSpliced(index, 1);
  }
  // A terminal of a few columns has no room for one character of each.
  while (shown.length > 1 && total(shown.map(() => 1)) > width) shown = shown.slice(0, -1);
  const widths = shown.map(({ natural }) => natural);
  const least = shown.map(leastWidth);
  shrink(widths, least, width);
  shrink(
    widths,
    widths.map(() => 1),
    width,
  );
  return { shown: shown.map(({ column }) => column), widths };
}

function shrink(widths: number[], least: number[], width: number): void {
  while (total(widths) > width) {
    const spare = widths.map((columns, index) => (columns > (least[index] ?? 0) ? columns : 0));
    const widest = Math.max(...spare);
    if (widest === 0) return;
    widths[spare.indexOf(widest)] = widest - 1;
  }
}

function naturalWidth<Row>(column: Column<Row>, rows: readonly Row[]): number {
  return rows.reduce((most, row) => Math.max(most, widthOf(textOf(column, row))), widthOf(column.title));
}

function leastWidth<Row>({ column, natural }: { column: Column<Row>; natural: number }): number {
  return Math.min(natural, column.shrinkTo ?? natural);
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1);
}
