/**
 * Middles for labels that would like to stand at `wanted` and are `heights` high (px): in the same order, without
 * overlap, between `top` and `bottom` as far as they fit there.
 */
export function spread(
  wanted: readonly number[],
  heights: readonly number[],
  top: number,
  bottom: number,
): number[] {
  const labels = wanted
    .map((at, index) => ({ index, height: heights[index] ?? 0, at }))
    .toSorted((a, b) => a.at - b.at);
  let free = top;
  for (const label of labels) {
    label.at = Math.max(label.at, free + label.height / 2);
    free = label.at + label.height / 2;
  }
  let limit = Math.max(
    bottom,
    labels.reduce((sum, { height }) => sum + height, top),
  );
  for (const label of labels.toReversed()) {
    label.at = Math.min(label.at, limit - label.height / 2);
    limit = label.at - label.height / 2;
  }
  return labels.toSorted((a, b) => a.index - b.index).map(({ at }) => at);
}
