import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { LogCorruptError, LogUnavailableError } from '../log/log.ts';
import { NoSuchBatchError } from '../queries/batch.ts';
import { CursorInvalidError } from '../queries/cursor.ts';
import { TableUnavailableError } from '../table/errors.ts';
import type { Problem } from './answer-schemas.ts';

/** The media type of an error (RFC 9457). */
export const PROBLEM_JSON = 'application/problem+json';

/** A request that cannot be answered, as the asker is told of it. `code` is stable. */
export class RequestRefusedError extends Error {
  override readonly name = 'RequestRefusedError';
  readonly problem: Problem;
  readonly headers: Record<string, string>;

  constructor(
    status: ContentfulStatusCode,
    code: string,
    told: Pick<Problem, 'title' | 'detail' | 'hint' | 'errors'>,
    headers: Record<string, string> = {},
  ) {
    super(told.detail);
    this.problem = { type: `urn:spillway:problem:${code}`, status, code, ...told };
    this.headers = headers;
  }
}

/** The answer to a request that was refused. */
export function problemResponse(
  context: Context,
  { problem, headers }: Pick<RequestRefusedError, 'problem' | 'headers'>,
): Response {
  return context.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, {
    'content-type': PROBLEM_JSON,
    ...headers,
  });
}

/** What the asker is told of an error. Errors that are no fault of the asker say nothing of our insides. */
export function refusalOf(error: unknown): RequestRefusedError {
  if (error instanceof RequestRefusedError) return error;
  if (error instanceof CursorInvalidError)
    return new RequestRefusedError(400, 'cursor-invalid', {
      title: 'Cursor not understood',
      detail: error.message,
    });
  if (error instanceof NoSuchBatchError)
    return new RequestRefusedError(404, 'no-such-batch', {
      title: 'No such batch',
      detail: error.message,
      hint: 'Batches are listed at /v1/batches.',
    });
  if (error instanceof LogUnavailableError || error instanceof TableUnavailableError)
    return new RequestRefusedError(
      503,
      'log-unavailable',
      { title: 'The log does not answer', detail: error.message, hint: 'Ask again in a moment.' },
      { 'retry-after': '2' },
    );
  if (error instanceof LogCorruptError)
    return new RequestRefusedError(500, 'log-corrupt', {
      title: 'The log is damaged',
      detail: error.message,
    });
  if (error instanceof HTTPException) return httpRefusal(error);
  return new RequestRefusedError(500, 'internal', {
    title: 'Something went wrong here',
    detail: 'The request could not be answered for a reason that is not in the request.',
    hint: 'What went wrong is in the output of the server.',
  });
}

/** Thrown by the HTTP framework, which only refuses what it cannot read. */
function httpRefusal({ status, message }: HTTPException): RequestRefusedError {
  const detail = `${message || 'The body cannot be read'}.`;
  if (status === 413) return tooLarge();
  if (status >= 500) return refusalOf(null);
  // The framework reads nothing itself but JSON bodies.
  return new RequestRefusedError(400, 'json-invalid', { title: 'The body is not JSON', detail });
}

/** Bytes of a request's body. Nothing that is asked for here needs more than a few hundred. */
export const BODY_BYTES_MAX = 1024 * 1024;

export function tooLarge(): RequestRefusedError {
  return new RequestRefusedError(413, 'body-too-large', {
    title: 'Body too large',
    detail: `The body has more than ${BODY_BYTES_MAX} bytes.`,
  });
}
