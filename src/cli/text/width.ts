let segmenter: Intl.Segmenter | undefined;

/** Opened where it is needed: loading its tables takes longer than most commands, and most texts are ASCII. */
function graphemesOf(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

const ASCII_ONLY = /^[\x20-\x7e]*$/;
const NO_WIDTH = /^[\p{M}\p{Cf}]+$/u;

/** Blocks that terminals draw two columns wide (Unicode's East Asian Width W and F). */
const WIDE =
  /^[\u1100-\u115f\u231a\u231b\u23e9-\u23ec\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{17000}-\u{18cff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]/u;

/** Columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  if (ASCII_ONLY.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of graphemesOf(text)) columns += graphemeWidth(segment);
  return columns;
}

/** The text in at most `columns` columns; what is cut off at the end or in the middle leaves an ellipsis. */
export function cut(text: string, columns: number, where: 'end' | 'middle' = 'end'): string {
  if (widthOf(text) <= columns) return text;
  if (columns <= 0) return '';
  const segments = Array.from(graphemesOf(text), ({ segment }) => segment);
  const room = columns - 1;
  const tailRoom = where === 'middle' ? Math.floor(room / 2) : 0;
  const tail = taken(segments.toReversed(), tailRoom).toReversed();
  const head = taken(segments, room - tailRoom);
  return `${head.join('')}…${tail.join('')}`;
}

function taken(segments: string[], room: number): string[] {
  const result: string[] = [];
  let used = 0;
  for (const segment of segments) {
    used += graphemeWidth(segment);
    if (used > room) break;
    result.push(segment);
  }
  return result;
}

function graphemeWidth(segment: string): number {
  if (NO_WIDTH.test(segment)) return 0;
  return WIDE.test(segment) || isEmoji(segment) ? 2 : 1;
}

let emoji: RegExp | undefined;

/** The expression takes long to compile, like the tables above to load. */
function isEmoji(segment: string): boolean {
  emoji ??= /^\p{RGI_Emoji}$/v;
  return emoji.test(segment);
}
