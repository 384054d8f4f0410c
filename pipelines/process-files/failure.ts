import * as z from 'zod';
import { cut } from './excerpt.ts';
import { machineTrouble } from './machine-trouble.ts';
import type { UnitFile } from './work-unit.ts';

/** A row of a file that cannot be taken over as it is. */
export const badRowSchema = z.object({
  /** Of the file, as an editor counts; the header's is usually 1. */
  line: z.number(),
  column: z.string().optional(),
  problem: z.string(),
});

/** A file that was not processed, and why. */
export const failureSchema = z.object({
  bucket: z.string(),
  key: z.string(),
  /** An error's name, as Retry and Catch see it. */
  error: z.string(),
  cause: z.string(),
  /** The first bad rows of the file. */
  badRows: z.array(badRowSchema).optional(),
});

export type BadRow = z.infer<typeof badRowSchema>;
export type Failure = z.infer<typeof failureSchema>;

/** Bad rows named per file. */
export const BAD_ROWS_MAX = 50;
const CAUSE_CHARACTERS_MAX = 600;

export function failureOf({ bucket, key }: Pick<UnitFile, 'bucket' | 'key'>, thrown: unknown): Failure {
  const error = machineTrouble(thrown) ?? thrown;
  const isError = error instanceof Error;
  const badRows = error instanceof BadRowsError ? error.badRows : undefined;
  return {
    bucket,
    key,
    error: isError ? error.name : 'Error',
    cause: cut(isError ? error.message : String(error), CAUSE_CHARACTERS_MAX),
    ...(badRows && { badRows }),
  };
}

/** Rows of a file do not fit. The file fails as a whole: half a file in the output would be worse than none. */
export class BadRowsError extends Error {
  override readonly name = 'BadRowsError';
  readonly badRows: BadRow[];
  /** Bad rows in all, of which `badRows` are the first. */
  readonly count: number;

  constructor(badRows: BadRow[], count: number) {
    const [first] = badRows;
    const example = first ? ` The first, in line ${first.line}: ${cut(first.problem, 200)}` : '';
    super(`${count} bad ${count === 1 ? 'row' : 'rows'}; none of the file was taken over.${example}`);
    this.badRows = badRows;
    this.count = count;
  }
}

/** The file is not text that can be read as CSV: wrong encoding, compressed, empty, or a broken header. */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError';
}

/** The header is not the one that the route declares, or cannot name columns. */
export class HeaderError extends Error {
  override readonly name = 'HeaderError';
}
