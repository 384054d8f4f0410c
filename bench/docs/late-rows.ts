import type { Results } from '../figures/figures.ts';
import type { LateRow } from '../lateness/lateness.ts';

/** How late windows closed, in both homes, each row by the name of its home. */
export function lateRows(results: Results): { laptop: LateRow[]; aws: LateRow[] } {
  const rows = (bench: string) => (results.get(bench)?.rows ?? []) as readonly LateRow[];
  return {
    laptop: rows('lateness').map((row) => ({ ...row, server: `laptop, ${row.server}` })),
    aws: [...rows('lateness-aws')],
  };
}
