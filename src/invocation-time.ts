/** How long the invocation that is under way may still run, and what that leaves for work. */
export interface InvocationTime {
  /**
   * A new invocation begins.
   * @param remainingMs ms until Lambda ends it
   */
  begin(remainingMs: () => number): void;
  /** ms until effects that are not done are left to the commands queue; at least 0. */
  forWorkMs(): number;
  /** ms until the answer is given, whatever is not done by then; at least 0. */
  forAnswerMs(): number;
}

/** The part of an invocation that is kept for leaving work to others and for the answer, and at most so much (ms). */
const KEPT_PART = 1 / 4;
const KEPT_MS_MAX = 6_000;

/** Before the first invocation there is no end. */
export function invocationTime(): InvocationTime {
  let remaining = () => Number.POSITIVE_INFINITY;
  let kept = 0;
  return {
    begin(remainingMs) {
      remaining = remainingMs;
      kept = Math.min(remainingMs() * KEPT_PART, KEPT_MS_MAX);
    },
    forWorkMs: () => Math.max(0, remaining() - kept),
    forAnswerMs: () => Math.max(0, remaining() - kept / 2),
  };
}

/** An invocation came to its end before this piece of its work. */
export class OutOfTimeError extends Error {
  override readonly name = 'OutOfTimeError';

  constructor() {
    super(
      'The function ran out of time. What was not done is delivered again; if this persists, see what answers slowly, ' +
        'or deploy with a longer timeout (--param=timeout=…).',
    );
  }
}

/**
 * What `work` comes to, if it does before the answer is due. Work that is given up goes on by itself.
 * @throws OutOfTimeError, or what `work` rejects with
 */
export async function inTime<Result>(
  time: Pick<InvocationTime, 'forAnswerMs'>,
  work: () => Promise<Result>,
): Promise<Result> {
  const ms = time.forAnswerMs();
  if (ms <= 0) throw new OutOfTimeError();
  if (ms === Number.POSITIVE_INFINITY) return work();
  let timeout: NodeJS.Timeout | undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    timeout = setTimeout(() => reject(new OutOfTimeError()), ms);
  });
  try {
    return await Promise.race([work(), ended]);
  } finally {
    clearTimeout(timeout);
  }
}
