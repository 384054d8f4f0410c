/** Names offered for one that was not found. */
const OFFERED_MAX = 3;

/** The names nearest to what was typed, best first: few edits apart, or beginning with it. At most three. */
export function nearestNames(typed: string, names: Iterable<string>): string[] {
  const asked = typed.toLowerCase();
  const far = Math.max(2, Math.floor(asked.length / 2));
  const ranked: { name: string; edits: number }[] = [];
  for (const name of names) {
    const known = name.toLowerCase();
    const begins = asked !== '' && (known.startsWith(asked) || asked.startsWith(known));
    // Texts whose lengths differ by more cannot be fewer edits apart.
    const near = Math.abs(known.length - asked.length) <= far;
    const edits = begins ? 1 : near ? editsBetween(asked, known) : Number.POSITIVE_INFINITY;
    if (edits <= far) ranked.push({ name, edits });
  }
  ranked.sort((a, b) => a.edits - b.edits || (a.name < b.name ? -1 : 1));
  return ranked.slice(0, OFFERED_MAX).map(({ name }) => name);
}

/** Insertions, removals, replacements and swaps of neighbours between two texts. */
function editsBetween(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      const cost = [
        at(above, j) + 1,
        at(row, j - 1) + 1,
        at(above, j - 1) + (same ? 0 : 1),
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(before, j - 2) + 1 : Number.POSITIVE_INFINITY,
      ];
      row.push(Math.min(...cost));
    }
    before = above;
    above = row;
  }
  return at(above, b.length);
}

function at(row: number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
