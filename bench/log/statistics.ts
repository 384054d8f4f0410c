/** The smallest value that at least this share of all does not exceed (nearest rank); null of none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

/** Of fewer, the 99th percentile would be the largest. */
const P99_OF_AT_LEAST = 100;

/** The 99th percentile; null where there are too few values to tell it. */
export function p99(values: readonly number[]): number | null {
  return values.length < P99_OF_AT_LEAST ? null : quantile(values, 0.99);
}

/** The middle value, of an even number the lower of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5) ?? Number.NaN;
}
