import { createReadStream } from 'node:fs';
import { BadRowsError } from './failure.ts';

const QUOTE = 0x22;
const SPACE = 0x20;
const RETURN = 0x0d;
const LINE_FEED = 0x0a;

/** Bytes read at a time. */
const PIECE_BYTES = 1024 * 1024;

/**
 * Refuses a file that ends inside quotes, as an upload that was cut off does. Left to DuckDB such a file loses all
 * from the quote on without a word, as soon as it has some neighbours: read by one thread from end to end, 1.5.5 does
 * not notice the missing quote, neither in its reject tables nor as an error.
 * @throws BadRowsError naming the line of the quote
 */
export async function refuseOpenQuote(path: string, delimiter: string): Promise<void> {
  if (!(await hasQuote(path))) return;
  const line = await openQuoteLine(path, delimiter);
  if (line === null) return;
  const problem = 'an unterminated quote: what it opens here is never closed';
  throw new BadRowsError([{ line, problem }], 1);
}

async function hasQuote(path: string): Promise<boolean> {
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
    if (piece.includes(QUOTE)) return true;
  }
  return false;
}

async function openQuoteLine(path: string, delimiter: string): Promise<number | null> {
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
      if (byte === RETURN || (byte === LINE_FEED && previous !== RETURN)) line += 1;
      previous = byte;
    }
  }
  return quoted === 'yes' ? opened : null;
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
