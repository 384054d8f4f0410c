import type { Cell, Section } from './bench.ts';

const SIGNIFICANT = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Three significant digits; large numbers whole; – for what was not measured. */
export function cellText(cell: Cell): string {
  if (cell === null) return '–';
  if (typeof cell === 'string') return cell;
  return Math.abs(cell) >= 1000 ? WHOLE.format(cell) : SIGNIFICANT.format(cell);
}

/** A section for a terminal: columns as wide as they need to be, numbers to the right. */
export function sectionText({ title, text, head, rows, notes }: Section): string {
  const cells = rows.map((row) => row.map(cellText));
  const widths = head.map((name, column) =>
    Math.max(name.length, ...cells.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: string[], align: (column: number) => 'left' | 'right') =>
    row
      .map((cell, column) =>
        align(column) === 'left' ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const align = (column: number) => (typeof rows[0]?.[column] === 'string' ? 'left' : 'right');
  return [
    title,
    text,
    '',
    line(head, align),
    ...cells.map((row) => line(row, align)),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `- ${note}`)]),
    '',
  ].join('\n');
}

/** A section for a document, under a heading of this level. */
export function sectionMarkdown({ title, text, head, rows, notes }: Section, level = 2): string {
  const align = head.map((_, column) => (typeof rows[0]?.[column] === 'string' ? '---' : '--:'));
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [
    `${'#'.repeat(level)} ${title}`,
    '',
    ...(text === '' ? [] : [text, '']),
    line(head),
    line(align),
    ...rows.map((row) => line(row.map(cellText))),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `- ${note}`)]),
    '',
  ].join('\n');
}
