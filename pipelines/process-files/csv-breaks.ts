import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { quoteFollower } from './csv-quotes.ts';

const RETURN = 0x0d;
const LINE_FEED = 0x0a;

/** Bytes read at a time. */
const PIECE_BYTES = 1024 * 1024;

/**
 * True where a file has line breaks of several kinds, some of them perhaps inside quotes. DuckDB 1.5.5 refuses such a
 * file, or takes a carriage return behind a quote for a part of the value.
 */
export async function hasMixedBreaks(path: string): Promise<boolean> {
  const found = { pairs: 0, returns: 0, lineFeeds: 0 };
  let previous = 0;
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
    countBreaks(piece, previous, found);
    previous = piece.at(-1) ?? previous;
  }
  const { pairs, returns, lineFeeds } = found;
  return [pairs, returns - pairs, lineFeeds - pairs].filter((kind) => kind > 0).length > 1;
}

function countBreaks(
  piece: Buffer,
  previous: number,
  found: { pairs: number; returns: number; lineFeeds: number },
): void {
  for (let at = piece.indexOf(LINE_FEED); at !== -1; at = piece.indexOf(LINE_FEED, at + 1)) {
    found.lineFeeds += 1;
    if ((at === 0 ? previous : piece[at - 1]) === RETURN) found.pairs += 1;
  }
  for (let at = piece.indexOf(RETURN); at !== -1; at = piece.indexOf(RETURN, at + 1)) found.returns += 1;
}

/** Copies a file with every line break outside quotes as a line feed. */
export async function withLineFeeds(file: string, copy: string, delimiter: string): Promise<void> {
  await pipeline(createReadStream(file), lineFeeds(delimiter), createWriteStream(copy));
}

function lineFeeds(delimiter: string) {
  return async function* (pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const follow = quoteFollower(delimiter);
    let previous = LINE_FEED;
    for await (const piece of pieces) {
      const out = Buffer.alloc(piece.length);
      let length = 0;
      for (const byte of piece) {
        const isQuoted = follow(byte) === 'yes';
        if (isQuoted || byte !== LINE_FEED || previous !== RETURN) {
          out[length] = byte === RETURN && !isQuoted ? LINE_FEED : byte;
          length += 1;
        }
        previous = byte;
      }
      yield out.subarray(0, length);
    }
  };
}
