/** JSON of this many bytes may stand between two states; what a step hands on is cut to a share of it. */
export const SHARES = {
  /** Work units with their files. */
  units: 64 * 1024,
  /** Each list of files set aside. */
  setAside: 16 * 1024,
  /** The results of all units together. */
  results: 96 * 1024,
  /** The result of one unit: small enough to be kept whole in a trace. */
  result: 6 * 1024,
  /** Each list in a report. */
  report: 24 * 1024,
} as const;

/** The first items of a list that together stay within `bytesMax` of JSON, at most `countMax` of them. */
export function excerpt<Item>(items: readonly Item[], bytesMax: number, countMax = items.length): Item[] {
  const kept: Item[] = [];
  let bytes = 2;
  for (const item of items.slice(0, countMax)) {
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1;
    if (bytes > bytesMax) break;
    kept.push(item);
  }
  return kept;
}

/** A text cut to a number of characters, with a sign that it was. */
export function cut(text: string, charactersMax: number): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1).toWellFormed()}…`;
}
