import { LENGTH_MAX, NEXT, NO_VALUE, SPELLED, SPELLED_AS, START, TEXT, UNSURE } from './csv-spelling.ts';

/** What a plain file is made of. */
export interface PlainShape {
  /** Records, a header and Excel's `sep=;` included. */
  records: number;
  newline: '\n' | '\r\n';
  /** True when the last record has its line break. */
  ended: boolean;
  /** By column: how all its values are written, as bits of SPELLED. */
  spellings: Uint8Array;
}

/** Where the rows of a file begin, and how wide they are. */
export interface RowsPlace {
  /** Records before the first row: the header, and Excel's `sep=;` where it stands there. */
  skip: number;
  columns: number;
}

const QUOTE = 0x22;
const SPACE = 0x20;
const RETURN = 0x0d;
const LINE_FEED = 0x0a;

/** Where in a record the next byte stands. */
const LINE_START = 0;
const FIELD_START = 1;
const UNQUOTED = 2;
const QUOTED = 3;
/** After a quote inside quotes, which the next byte explains. */
const ENDING = 4;
const AFTER_RETURN = 5;
/** Something that a strict reader of RFC 4180 would not take. */
const ODD = 6;

/** What is known between two pieces. */
interface Scan {
  at: number;
  records: number;
  /** Records that end with a carriage return and a line feed; all or none. */
  returns: number;
  /** Of the next byte; `place.columns` for all that are not looked at. */
  column: number;
  /** Of the value: its state as NEXT tells it, and its first byte and the one behind its last, counted in the piece. */
  value: number;
  from: number;
  to: number;
}

/** Bits of a column that some type can be read from. */
const TYPED = 255 & ~SPELLED.unsure;

/**
 * Counts the records of a plain file, piece by piece, and tells how its values are written. Plain: every quote opens or
 * closes a whole field, every line ends alike and none is empty. Any two readers of CSV agree on such a file, so its
 * records can be counted without DuckDB, and those of several files be put one behind the other. Most files are plain;
 * of the others nothing is told but that.
 *
 * Byte by byte: in UTF-8 none of these bytes is ever part of another character.
 */
export function plainScanner(delimiter: string, place: RowsPlace) {
  const separator = delimiter.charCodeAt(0);
  const isPossible = delimiter.length === 1 && separator < 0x80 && ![QUOTE, SPACE].includes(separator);
  const isValue = valueBytes(separator);
  /** One more, without bits, for what is not looked at. */
  const spellings = new Uint8Array(place.columns + 1).fill(NO_VALUE, 0, -1);
  const first = place.skip > 0 ? place.columns : 0;
  const scan: Scan = {
    ...{ at: isPossible ? LINE_START : ODD, records: 0, returns: 0 },
    ...{ column: first, value: START, from: 0, to: 0 },
  };
  return {
    push(bytes: Uint8Array): void {
      scanPiece(scan, bytes, separator, isValue, spellings, place);
      scan.from -= bytes.length;
      scan.to -= bytes.length;
    },
    /** That have ended so far. */
    records: () => scan.records,
    /** Null when the file is not plain. */
    shape(): PlainShape | null {
      const { at, records, returns } = scan;
      if (at === ODD || at === QUOTED || at === AFTER_RETURN) return null;
      if (returns !== 0 && returns !== records) return null;
      const ended = at === LINE_START;
      if (at === UNQUOTED || at === ENDING) endValue(spellings, scan.column, scan.value, scan.to - scan.from);
      return {
        records: ended ? records : records + 1,
        newline: returns > 0 ? '\r\n' : '\n',
        ended,
        spellings: spellings.subarray(0, -1),
      };
    },
  };
}

function scanPiece(
  scan: Scan,
  bytes: Uint8Array,
  separator: number,
  isValue: Uint8Array,
  spellings: Uint8Array,
  { skip, columns }: RowsPlace,
): void {
  const { length } = bytes;
  let { at, value, column, from, to } = scan;
  for (let index = 0; index < length && at !== ODD; index += 1) {
    const byte = bytes[index] ?? 0;
    // Most bytes are inside a value: the loops of these two branches decide how long it all takes.
    if (at === QUOTED) {
      if (value >= UNSURE) while (index < length && bytes[index] !== QUOTE) index += 1;
      for (; index < length && bytes[index] !== QUOTE; index += 1) {
        value = NEXT[(value << 8) | (bytes[index] ?? 0)] ?? 0;
      }
      to = index;
      if (index < length) at = ENDING;
    } else if (isValue[byte] === 1) {
      if (at <= FIELD_START) {
        from = index;
        value = ((spellings[column] ?? 0) & TYPED) === 0 ? UNSURE : START;
      }
      at = at === ENDING || at === AFTER_RETURN ? ODD : UNQUOTED;
      if (value >= UNSURE) while (index < length && isValue[bytes[index] ?? 0] === 1) index += 1;
      for (; index < length && isValue[bytes[index] ?? 0] === 1; index += 1) {
        value = NEXT[(value << 8) | (bytes[index] ?? 0)] ?? 0;
      }
      to = index;
      // The loop goes on with the byte that ended this one.
      index -= 1;
    } else if (byte === QUOTE) {
      if (at === ENDING) value = TEXT;
      else if (at <= FIELD_START) {
        from = index + 1;
        value = ((spellings[column] ?? 0) & TYPED) === 0 ? UNSURE : START;
      }
      at = at === UNQUOTED || at === AFTER_RETURN ? ODD : QUOTED;
    } else {
      if (at === UNQUOTED || at === ENDING) endValue(spellings, column, value, to - from);
      if (byte === LINE_FEED) {
        if (at === AFTER_RETURN) scan.returns += 1;
        at = at === LINE_START ? ODD : LINE_START;
        scan.records += 1;
        column = scan.records >= skip ? 0 : columns;
      } else if (at === AFTER_RETURN) at = ODD;
      else if (byte === separator) {
        at = FIELD_START;
        if (column < columns) column += 1;
      } else at = at === LINE_START ? ODD : AFTER_RETURN;
    }
  }
  Object.assign(scan, { at, value, column, from, to });
}

function endValue(spellings: Uint8Array, column: number, value: number, bytes: number): void {
  const length = bytes < LENGTH_MAX ? bytes : LENGTH_MAX;
  spellings[column] = (spellings[column] ?? 0) & (SPELLED_AS[(value << 5) | length] ?? 0);
}

/** 1 for a byte that means nothing but itself outside quotes. */
function valueBytes(separator: number): Uint8Array {
  const table = new Uint8Array(256).fill(1);
  for (const byte of [separator, QUOTE, RETURN, LINE_FEED]) table[byte] = 0;
  return table;
}
