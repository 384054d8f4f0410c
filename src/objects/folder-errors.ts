import { ObjectKeyError, ObjectTooLargeError } from './objects.ts';

/** The file system refused. Old content is intact. */
export class ObjectStoreError extends Error {
  override readonly name = 'ObjectStoreError';
  readonly path: string;
  /** Node's code, such as ENOSPC; empty when there is none. */
  readonly code: string;

  constructor(action: string, path: string, cause: unknown) {
    const code = codeOf(cause);
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`Cannot ${action} ${path}: ${reason}. ${adviceFor(code)}`, { cause });
    this.path = path;
    this.code = code;
  }
}

/** Node's error code of whatever was thrown, or the empty text. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Whether it says that there is nothing at the path. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(codeOf(error));
}

/**
 * Turns what the file system throws into an ObjectStoreError; `action` completes "Cannot … <path>". Our own errors pass
 * as they are.
 */
export async function guarded<Result>(
  action: string,
  path: string,
  act: () => Promise<Result>,
): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    const isOurs = [ObjectKeyError, ObjectTooLargeError, ObjectStoreError].some(
      (kind) => error instanceof kind,
    );
    if (isOurs) throw error;
    throw new ObjectStoreError(action, path, error);
  }
}

const ADVICE: Record<string, string> = {
  ENOSPC: 'The disk is full: make room, then try again. Nothing was changed.',
  EDQUOT: 'Your quota on this disk is used up: make room, then try again. Nothing was changed.',
  EACCES: 'Give the user who runs this read and write permission on the folder.',
  EPERM: 'Give the user who runs this read and write permission on the folder.',
  EROFS: 'The file system is mounted read-only: choose another folder.',
  EMFILE: 'Too many files are open: raise the limit (ulimit -n), then try again.',
  ENFILE: 'Too many files are open on this machine: close some, then try again.',
  EXDEV: 'The folder for files being written must lie on the same file system as the buckets.',
  EIO: 'The disk reports a fault: check it before you go on.',
};

function adviceFor(code: string): string {
  return ADVICE[code] ?? 'Check that the folder is there and can be used, then try again.';
}
