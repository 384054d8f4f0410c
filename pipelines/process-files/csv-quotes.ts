import { createReadStream } from 'node:fs';
import { type BadRow, BadRowsError } from './failure.ts';

const QUOTE = 0x22;
const SPACE = 0x20;
const RETURN = 0x0d;
const LINE_FEED = 0x0a;

/** Bytes read at a time. */
const PIECE_BYTES = 1024 * 1024;

/**
 * Refuses a file whose quotes DuckDB 1.5.5 would misread without a word, neither in its reject tables nor as an error:
 * - it ends inside quotes, as an upload that was cut off does. Read by one thread from end to end, all from the quote on is
 *   lost as soon as the file has some neighbours;
 * - a value opens quotes again after it has closed them: of `"a" "b"` the quotes in the middle are lost.
 * @throws BadRowsError naming the line of the quote
 */
export async function refuseWrongQuotes(path: string, delimiter: string): Promise<void> {
  if (!(await hasQuote(path))) return;
  const wrong = await firstWrongQuote(path, delimiter);
  if (wrong !== null) throw new BadRowsError([wrong], 1);
}

async function hasQuote(path: string): Promise<boolean> {
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
    if (piece.includes(QUOTE)) return true;
  }
  return false;
}

async function firstWrongQuote(path: string, delimiter: string): Promise<BadRow | null> {
  const follow = quoteFollower(delimiter);
  let line = 1;
  let opened = 0;
  let quoted: Quoted = 'no';
  let previous = LINE_FEED;
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
    for (const byte of piece) {
      const before = quoted;
      quoted = follow(byte);
      if (before === 'no' && quoted === 'yes') opened = line;
      if (before === 'ending' && quoted === 'yes' && previous !== QUOTE) {
        return { line, problem: 'a quote after quotes that were closed: inside a value, double it' };
      }
      if (byte === RETURN || (byte === LINE_FEED && previous !== RETURN)) line += 1;
      previous = byte;
    }
  }
  const problem = 'an unterminated quote: what it opens here is never closed';
  return quoted === 'yes' ? { line: opened, problem } : null;
}

/** Outside quotes, inside, or after a quote inside, which the next byte explains. */
export type Quoted = 'no' | 'yes' | 'ending';

/**
 * Told byte by byte: in UTF-8 quotes, spaces and line breaks are never part of another character. The delimiter may have
 * up to four bytes, so the latest four are kept in one number.
 */
export function quoteFollower(delimiter: string): (byte: number) => Quoted {
  const bytes = Buffer.from(delimiter);
  const wanted = bytes.readUIntBE(0, bytes.length);
  const mask = 2 ** (8 * bytes.length) - 1;
  let recent = 0;
  let quoted: Quoted = 'no';
  /** Nothing of the field yet but one space, which DuckDB passes over before a quote. */
  let atFieldStart = true;
  let previous = LINE_FEED;
  return (byte) => {
    recent = ((recent << 8) | byte) >>> 0;
    const endsValue = byte === LINE_FEED || byte === RETURN || (recent & mask) >>> 0 === wanted;
    if (byte === QUOTE && quoted === 'yes') quoted = 'ending';
    else if (byte === QUOTE && (quoted === 'ending' || atFieldStart)) quoted = 'yes';
    else if (quoted !== 'yes' && endsValue) quoted = 'no';
    atFieldStart = (quoted === 'no' && endsValue) || (atFieldStart && byte === SPACE && previous !== SPACE);
    previous = byte;
    return quoted;
  };
}
