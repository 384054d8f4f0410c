import { z } from 'zod';
import { type Problem, problem } from '../../api/answer-schemas.ts';
import { isOfAws } from '../../stage/errors.ts';
import {
  AnswerLateError,
  AnswerUnknownError,
  isTold,
  ProblemError,
  ServerUnreachableError,
  SignatureRefusedError,
  type Told,
} from '../errors.ts';

/**
 * Puts what proves the caller's right into a request's headers. On a laptop that is the server's token; a
 * deployed API behind IAM wants a signature over method, URL and body instead, which fits the same shape.
 */
export type Authorize = (request: {
  method: string;
  url: URL;
  body: string | undefined;
}) => Promise<Record<string, string>>;

export interface Client {
  readonly url: string;
  get<Schema extends z.ZodType>(path: string, query: Query, schema: Schema): Promise<z.output<Schema>>;
  /** Posts JSON. `repeatable` requests are sent again when the connection broke before the answer came. */
  post<Schema extends z.ZodType>(
    path: string,
    body: unknown,
    schema: Schema,
    options?: { repeatable?: boolean },
  ): Promise<z.output<Schema>>;
  /** Opens an event stream, from after `lastEventId` where one is given. */
  stream(
    path: string,
    lastEventId: string | undefined,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>>;
}

export type Query = Record<string, string | number | undefined>;

const ANSWER_MS_MAX = 60_000;
const ATTEMPTS_MAX = 3;
const RETRY_AFTER_MS = 300;
/** Too many requests: nothing was done. */
const THROTTLED = 429;

/**
 * A client of the API at `url` (http or https; a path of its own stands before every path).
 *
 * Its methods throw a {@link ProblemError} when the server refuses, a {@link ServerUnreachableError} when nothing
 * answers, an {@link AnswerLateError} after a minute, an {@link AnswerUnknownError} when the answer is not ours.
 */
export function createClient(options: { url: string; authorize: Authorize; fetch?: typeof fetch }): Client {
  const { url, authorize } = options;
  const doFetch = options.fetch ?? fetch;

  async function ask<Schema extends z.ZodType>(ask: Ask, schema: Schema): Promise<z.output<Schema>> {
    const answer = await send(ask, AbortSignal.timeout(ANSWER_MS_MAX));
    return await understood(answer, schema);
  }

  async function send({ method, path, query, body, attempts, headers }: Ask, signal: AbortSignal) {
    const target = targetOf(url, path, query ?? {});
    for (let attempt = 1; ; attempt += 1) {
      try {
        const authorization = await authorize({ method, url: target, body }).catch(async (error: unknown) => {
          // Without a server there is no token either: then that is what the user has to be told.
          await doFetch(targetOf(url, '/v1/health', {}), { signal });
          throw error;
        });
        const init = {
          method,
          headers: { ...headers, ...authorization },
          signal,
          redirect: 'manual' as const,
        };
        const answer = await doFetch(target, body === undefined ? init : { ...init, body });
        if (answer.status !== THROTTLED || attempt >= attempts) return answer;
        await answer.body?.cancel();
      } catch (error) {
        if (isTold(error) || isOfAws(error)) throw error;
        const told = unreached(url, error);
        if (attempt >= attempts || !isBroken(error)) throw told;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS * attempt));
    }
  }

  return {
    url,
    get: (path, query, schema) =>
      ask(
        { method: 'GET', path, query, attempts: ATTEMPTS_MAX, headers: { accept: 'application/json' } },
        schema,
      ),
    post: (path, body, schema, { repeatable = false } = {}) =>
      ask(
        {
          method: 'POST',
          path,
          body: JSON.stringify(body),
          attempts: repeatable ? ATTEMPTS_MAX : 1,
          headers: { accept: 'application/json', 'content-type': 'application/json' },
        },
        schema,
      ),
    stream: async (path, lastEventId, signal) => {
      const headers: Record<string, string> = { accept: 'text/event-stream' };
      if (lastEventId !== undefined) headers['last-event-id'] = lastEventId;
      const answer = await send({ method: 'GET', path, attempts: 1, headers }, signal);
      if (!answer.ok) throw await refusalOf(answer);
      if (answer.body === null)
        throw new AnswerUnknownError(url, 'an event stream was expected, it is empty');
      return answer.body;
    },
  };
}

interface Ask {
  method: 'GET' | 'POST';
  path: string;
  query?: Query;
  body?: string;
  attempts: number;
  headers: Record<string, string>;
}

function targetOf(base: string, path: string, query: Query): URL {
  const target = new URL(base + path);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) target.searchParams.set(name, String(value));
  }
  // A signature is over %20; what a gateway makes of "+" is its own business.
  target.search = target.search.replaceAll('+', '%20');
  return target;
}

async function understood<Schema extends z.ZodType>(
  answer: Response,
  schema: Schema,
): Promise<z.output<Schema>> {
  if (!answer.ok) throw await refusalOf(answer);
  const parsed = schema.safeParse(await jsonOf(answer));
  if (parsed.success) return parsed.data;
  throw new AnswerUnknownError(answer.url, z.prettifyError(parsed.error).split('\n').slice(0, 2).join(' '));
}

async function refusalOf(answer: Response): Promise<Told> {
  const parsed = problem.safeParse(await jsonOf(answer).catch(() => null));
  if (!parsed.success && [401, 403].includes(answer.status)) return new SignatureRefusedError(answer.url);
  if (!parsed.success) return new AnswerUnknownError(answer.url, `status ${answer.status} without a reason`);
  const { status, code, hint = '' } = parsed.data;
  return new ProblemError({ status, code, message: messageOf(parsed.data), hint });
}

function messageOf({ title, detail, errors = [] }: Problem): string {
  const text = detail === '' ? title : detail;
  const fields = errors.filter(({ message }) => !text.includes(message));
  return [text, ...fields.map(({ field, message }) => `${field}: ${message}.`)].join(' ');
}

async function jsonOf(answer: Response): Promise<unknown> {
  try {
    return await answer.json();
  } catch (error) {
    if (isTimeout(error)) throw new AnswerLateError(answer.url, ANSWER_MS_MAX);
    throw new AnswerUnknownError(answer.url, `it is not JSON (status ${answer.status})`, error);
  }
}

function unreached(url: string, error: unknown): Error {
  return isTimeout(error) ? new AnswerLateError(url, ANSWER_MS_MAX) : new ServerUnreachableError(url, error);
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}

/** The connection was there and broke: the server may have done what was asked. */
function isBroken(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error) || !('code' in cause)) return false;
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(String(cause.code));
}
