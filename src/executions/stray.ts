import { AsyncLocalStorage } from 'node:async_hooks';

/** A call of a step, as long as what it started may still be running. */
interface Call {
  /** Which step this is, for people. */
  what: string;
  /** Fails the call; null once it has ended. */
  fail: ((error: unknown) => void) | null;
}

const calls = new AsyncLocalStorage<Call>();

/** A step left something behind that failed when the step itself had ended. Its result stands. */
export class StrayFailureError extends Error {
  override readonly name = 'StrayFailureError';

  constructor(what: string, cause: unknown) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    super(`Something that ${what} started and did not await failed after it: ${reason}.`, { cause });
  }
}

/** Calls a step in such a way that {@link takeStray} knows what it leaves behind. */
export async function keepingStrays<Result>(what: string, call: () => Promise<Result>): Promise<Result> {
  const failed = Promise.withResolvers<never>();
  const mine: Call = { what, fail: failed.reject };
  try {
    return await Promise.race([calls.run(mine, call), failed.promise]);
  } finally {
    mine.fail = null;
  }
}

/**
 * For the process's `unhandledRejection` and `uncaughtException`: a promise that nobody awaits, a callback that throws.
 * Where a step started it, a step that is still running fails with it, as in Lambda; one that has ended is told about.
 * @returns what has to be told: the error itself if it is no step's, null for nothing
 */
export function takeStray(error: unknown): unknown {
  const call = calls.getStore();
  if (call === undefined) return error;
  if (call.fail === null) return new StrayFailureError(call.what, error);
  call.fail(error);
  return null;
}
