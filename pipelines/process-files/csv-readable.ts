import type { CsvFile } from './csv-file.ts';
import { type Failure, failureOf, UnreadableFileError } from './failure.ts';
import { machineTrouble } from './machine-trouble.ts';

/** Files that can be converted together, and those that cannot even alone. */
export interface Sorted {
  readable: CsvFile[];
  failures: Failure[];
}

type Attempt = (files: readonly CsvFile[]) => Promise<unknown>;

/**
 * Finds the files that fail a conversion, by halves: most often it is one among many.
 * @param attempt the conversion, of any of the files; what it writes is thrown away
 * @param error with which it failed for all
 */
export async function readableFiles(
  files: readonly CsvFile[],
  attempt: Attempt,
  error: unknown,
): Promise<Sorted> {
  if (files.length < 2) return { readable: [], failures: files.map((file) => notConverted(file, error)) };
  const middle = Math.ceil(files.length / 2);
  const readable: CsvFile[] = [];
  const failures: Failure[] = [];
  for (const half of [files.slice(0, middle), files.slice(middle)]) {
    const problem = await problemOf(half, attempt);
    const sorted =
      problem === null ? { readable: half, failures: [] } : await readableFiles(half, attempt, problem.error);
    readable.push(...sorted.readable);
    failures.push(...sorted.failures);
  }
  return { readable, failures };
}

async function problemOf(files: readonly CsvFile[], attempt: Attempt): Promise<{ error: unknown } | null> {
  try {
    await attempt(files);
    return null;
  } catch (error) {
    return { error };
  }
}

/** A file whose rows could not be read or written, as DuckDB says it. */
export function notConverted(file: CsvFile, error: unknown): Failure {
  if (machineTrouble(error)) return failureOf(file, error);
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return failureOf(file, new UnreadableFileError(`DuckDB cannot read the file: ${line}`));
}
