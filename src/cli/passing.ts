import { ApiFailedError, TooManyRequestsError } from './client/gateway.ts';
import { AnswerLateError, ProblemError, ServerUnreachableError } from './errors.ts';

const PASSING = [ServerUnreachableError, AnswerLateError, ApiFailedError, TooManyRequestsError];

/** Whether the same question may be answered a little later: for commands that go on and have an answer already. */
export function isPassing(error: unknown): error is Error {
  if (PASSING.some((each) => error instanceof each)) return true;
  return error instanceof ProblemError && error.status >= 500;
}
