/** One thing that was looked at. */
export interface Check {
  /** Stable word for what it is about: `stack`, `bucket`, `queue`, … */
  check: string;
  /** Which one, where there are several: a bucket, a queue, a schedule. */
  subject: string;
  /** `warning`: may be as it should, or may not. Only `failed` is a reason to act. */
  result: 'ok' | 'warning' | 'failed';
  /** What was found. */
  sentence: string;
  /** What to type or do about it; always there unless it is ok. */
  mend?: string;
}

export function ok(check: string, subject: string, sentence: string): Check {
  return { check, subject, result: 'ok', sentence };
}

export function warning(check: string, subject: string, sentence: string, mend: string): Check {
  return { check, subject, result: 'warning', sentence, mend };
}

export function failed(check: string, subject: string, sentence: string, mend: string): Check {
  return { check, subject, result: 'failed', sentence, mend };
}

/** Names of errors by which services of AWS say that a thing does not exist. */
const GONE = new Set([
  'AWS.SimpleQueueService.NonExistentQueue',
  'NoSuchBucket',
  'NotFoundException',
  'QueueDoesNotExist',
  'ResourceNotFoundException',
  'StateMachineDoesNotExist',
]);

const REFUSED = /AccessDenied|AuthorizationError|UnauthorizedOperation|Forbidden|NotAuthorized/;

/**
 * What a look found; where it could not look, that, as a failed check: one question that is refused must not hide
 * the answers to the others.
 * @param allow what the looker must be allowed to do
 * @param gone what to do where the thing does not exist
 */
export async function look(
  check: string,
  subject: string,
  allow: string,
  ask: () => Promise<Check | Check[]>,
  gone?: string,
): Promise<Check[]> {
  try {
    return [await ask()].flat();
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
    if (gone !== undefined && GONE.has(name)) return [failed(check, subject, 'It is gone.', gone)];
    const sentence = `It could not be looked at: ${name === '' ? '' : `${name}: `}${message}`;
    const mend = REFUSED.test(name) ? `Allow yourself ${allow}.` : 'The sentence says why; ask again then.';
    return [failed(check, subject, sentence, mend)];
  }
}
