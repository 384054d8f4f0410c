import { RetryableError } from '../../src/executions/step.ts';

/** Of the operating system: no disk, memory or file handles left, or a disk that fails. */
const CODES = ['ENOSPC', 'EDQUOT', 'ENOMEM', 'EMFILE', 'ENFILE', 'EIO'];

/** DuckDB reads and writes only files of the step's own folder, so that not even a missing one is a CSV's fault. */
const DUCKDB = /^(Out of Memory|IO) Error/;

/** Null for any error that a file may have caused; else one that is worth another try, perhaps elsewhere. */
export function machineTrouble(error: unknown): RetryableError | null {
  if (!(error instanceof Error)) return null;
  const { code } = error as NodeJS.ErrnoException;
  if (!DUCKDB.test(error.message) && !CODES.includes(code ?? '')) return null;
  const [line = ''] = error.message.split('\n');
  return new RetryableError(`The machine ran short of memory or disk, the files are not to blame: ${line}`, {
    cause: error,
  });
}
