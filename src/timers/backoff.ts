export interface Backoff {
  firstMs: number;
  maxMs: number;
}

/**
 * How long to wait before trying again after the `failures`-th failure in a row (from 1): doubles from `firstMs` to
 * `maxMs`, and of that a random part between half and all, so that those who failed together do not come back together.
 */
export function backoffMs({ firstMs, maxMs }: Backoff, failures: number, random: () => number): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** (failures - 1));
  return ceiling * (0.5 + random() / 2);
}
