import type { PlainShape } from './csv-scan.ts';

/**
 * Bytes up to which DuckDB reads a file with one thread. It divides larger ones among several, and each guesses where in
 * its part a row begins. Measured with 1.5.5: where quoted texts look like rows it guesses wrongly, or gives up.
 */
const DIVIDED_ABOVE_BYTES = 8_000_000;

const QUOTE = 0x22;
const RETURN = 0x0d;
const LINE_FEED = 0x0a;

/**
 * Sees in a file's pieces whether a line break stands inside quotes: then there are more of them than ends of records.
 * @param records that a scanner found so far
 */
export function breakCounter(records: () => number) {
  let bytes = 0;
  let isQuoted = false;
  let before = 0;
  let lineFeeds = 0;
  let returns = 0;
  return {
    /** Takes the next piece, which the scanner has not seen yet. */
    push(piece: Buffer): void {
      bytes += piece.length;
      if (!isQuoted && piece.includes(QUOTE)) {
        isQuoted = true;
        before = records();
      }
      if (!isQuoted) return;
      lineFeeds += countOf(piece, LINE_FEED);
      returns += countOf(piece, RETURN);
    },
    isQuoted: () => isQuoted,
    /**
     * Whether DuckDB may be left to itself: it does not divide the file, or cannot guess wrongly.
     * @param shape of the whole file
     */
    mayDivide(shape: PlainShape | null): boolean {
      if (!isQuoted || bytes <= DIVIDED_ABOVE_BYTES) return true;
      if (shape === null) return false;
      const ends = (shape.ended ? shape.records : shape.records - 1) - before;
      return lineFeeds === ends && returns === (shape.newline === '\r\n' ? ends : 0);
    },
  };
}

/** Measured on lines of 54 bytes: a third of the time of a loop over the bytes. */
function countOf(bytes: Buffer, wanted: number): number {
  let count = 0;
  for (let index = bytes.indexOf(wanted); index !== -1; index = bytes.indexOf(wanted, index + 1)) count += 1;
  return count;
}
