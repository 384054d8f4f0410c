import type { Row } from '../log/interleaved.ts';
import { median } from '../log/statistics.ts';

/** One strategy in one case. */
export interface Case {
  k: number;
  c: number;
  strategy: string;
}

/** What the rounds of a measurement come to: their median, and the least and the most of them. */
export interface FromRounds {
  /** Null when nothing was measured. */
  measured: number | null;
  range?: readonly [least: number, most: number];
}

export function fromRounds(values: readonly number[]): FromRounds {
  if (values.length === 0) return { measured: null };
  const measured = median([...values]);
  return values.length === 1 ? { measured } : { measured, range: rangeOf(values) };
}

export function rangeOf(values: readonly number[]): readonly [least: number, most: number] {
  return [Math.min(...values), Math.max(...values)];
}

export function inRounds(rows: readonly Row[], of: Case, pick: (row: Row) => number): number[] {
  return rows.filter((row) => isOf(row, of)).map(pick);
}

function isOf({ k, c, strategy }: Case, of: Case): boolean {
  return k === of.k && c === of.c && strategy === of.strategy;
}
