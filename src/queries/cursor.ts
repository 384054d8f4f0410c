/** A cursor was not made by this question. */
export class CursorInvalidError extends Error {
  override readonly name = 'CursorInvalidError';
  readonly cursor: string;

  constructor(cursor: string) {
    super(
      `The cursor "${cursor.slice(0, 60)}" is not one of this list: expected the nextCursor of the page before, asked for with the same sort. Leave it out to start at the first page.`,
    );
    this.cursor = cursor;
  }
}

/** Where a page ended in its list's order: a rank, then the texts that settle a tie. */
export interface Position {
  rank: number;
  texts: string[];
}

/** A position as an opaque text. */
export function cursorOf(rank: number, ...texts: string[]): string {
  return Buffer.from(JSON.stringify([rank, ...texts])).toString('base64url');
}

/**
 * Reads a cursor with this many texts.
 * @throws CursorInvalidError when it was made by another list, or by nobody.
 */
export function readCursor(cursor: string, texts: number): Position {
  const [rank, ...rest] = parse(cursor);
  const named = rest.filter((text) => typeof text === 'string');
  if (typeof rank !== 'number' || rest.length !== texts || named.length !== texts)
    throw new CursorInvalidError(cursor);
  return { rank, texts: named };
}

function parse(cursor: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
