/** What a plain file is made of. */
export interface PlainShape {
  /** Records, a header and Excel's `sep=;` included. */
  records: number;
  newline: '\n' | '\r\n';
  /** True when the last record has its line break. */
  ended: boolean;
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

/**
 * Counts the records of a plain file, piece by piece: every quote opens or closes a whole field, every line ends alike
 * and none is empty. Any two readers of CSV agree on such a file, so its records can be counted without DuckDB, and
 * those of several files be put one behind the other. Most files are plain; of the others nothing is told but that.
 *
 * Byte by byte: in UTF-8 none of these bytes is ever part of another character.
 */
export function plainScanner(delimiter: string) {
  const separator = delimiter.charCodeAt(0);
  const isPossible = delimiter.length === 1 && separator < 0x80 && ![QUOTE, SPACE].includes(separator);
  let state = isPossible ? LINE_START : ODD;
  let records = 0;
  /** Records that end with a carriage return and a line feed; all or none. */
  let returns = 0;
  const isValue = valueBytes(separator);

  return {
    push(bytes: Uint8Array): void {
      const { length } = bytes;
      let at = state;
      for (let index = 0; index < length && at !== ODD; index += 1) {
        const byte = bytes[index] ?? 0;
        if (at === QUOTED) {
          // Most bytes are inside a value: these two loops decide how long it all takes.
          while (index < length && bytes[index] !== QUOTE) index += 1;
          if (index < length) at = ENDING;
        } else if (isValue[byte] === 1) {
          at = at === ENDING || at === AFTER_RETURN ? ODD : UNQUOTED;
          while (index + 1 < length && isValue[bytes[index + 1] ?? 0] === 1) index += 1;
        } else if (byte === LINE_FEED) {
          if (at === AFTER_RETURN) returns += 1;
          at = at === LINE_START ? ODD : LINE_START;
          records += 1;
        } else if (at === AFTER_RETURN) at = ODD;
        else if (byte === separator) at = FIELD_START;
        else if (byte === RETURN) at = at === LINE_START ? ODD : AFTER_RETURN;
        else at = at === UNQUOTED ? ODD : QUOTED;
      }
      state = at;
    },
    /** Null when the file is not plain. */
    shape(): PlainShape | null {
      if (state === ODD || state === QUOTED || state === AFTER_RETURN) return null;
      if (returns !== 0 && returns !== records) return null;
      const ended = state === LINE_START;
      return { records: ended ? records : records + 1, newline: returns > 0 ? '\r\n' : '\n', ended };
    },
  };
}

/** 1 for a byte that means nothing but itself outside quotes. */
function valueBytes(separator: number): Uint8Array {
  const table = new Uint8Array(256).fill(1);
  for (const byte of [separator, QUOTE, RETURN, LINE_FEED]) table[byte] = 0;
  return table;
}
