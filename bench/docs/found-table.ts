import type { Cell, Section } from '../bench.ts';
import type { Result } from '../results.ts';

/** A table of a result, by the beginning of its title; undefined when there is none. */
export function tableOf(result: Result | undefined, title: string): Section | undefined {
  return result?.sections.find((section) => section.title.startsWith(title));
}

/** The same, in whatever result it stands. */
export function tableIn(results: ReadonlyMap<string, Result>, title: string): Section | undefined {
  for (const result of results.values()) {
    const found = tableOf(result, title);
    if (found) return found;
  }
  return undefined;
}

/** The cells of one column, from top to bottom; none when there is no such column. */
export function columnOf(table: Section | undefined, name: string): Cell[] {
  const at = table?.head.indexOf(name) ?? -1;
  return at < 0 ? [] : (table?.rows ?? []).map((row) => row[at] ?? null);
}

/** The number in a column, in the first row whose first cells are these; null when there is none. */
export function numberIn(table: Section | undefined, name: string, ...first: Cell[]): number | null {
  const row = table?.rows.findIndex((cells) => first.every((cell, at) => cells[at] === cell)) ?? -1;
  const value = row < 0 ? null : columnOf(table, name)[row];
  return typeof value === 'number' ? value : null;
}
