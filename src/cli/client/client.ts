import * as z from 'zod';
import { type Problem, problem } from '../../api/answer-schemas.ts';
import { isOfAws } from '../../stage/errors.ts';
import {
  AnswerLateError,
  AnswerUnknownError,
  isTold,
  ProblemError,
  ServerUnreachableError,
  type Told,
} from '../errors.ts';
import { gatewayRefusal, THROTTLED, TooManyRequestsError } from './gateway.ts';

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
/** Requests that may be sent again; nothing was done by those that were throttled. */
const ATTEMPTS_MAX = 3;
const THROTTLED_ATTEMPTS_MAX = 6;
const RETRY_MS_FIRST = 300;

/**
 * A client of the API at `url` (http or https; a path of its own stands before every path).
 *
 * Its methods throw a {@link ProblemError} when the server refuses, a {@link ServerUnreachableError} when nothing
 * answers, an {@link AnswerLateError} after a minute, an {@link AnswerUnknownError} when the answer is not ours, and
 * the errors of gateway.ts when something before the server answers for it.
 *
 * @param options.unreachableHint what to do when nothing answers, where it is not to start a server
 */
export function createClient(options: {
  url: string;
  authorize: Authorize;
  fetch?: typeof fetch;
  now?: () => number;
  unreachableHint?: string;
}): Client {
  const { url, authorize, now = Date.now } = options;
  const doFetch = options.fetch ?? fetch;

  async function attempt({ method, path, query, body, headers }: Ask, signal: AbortSignal) {
    const target = targetOf(url, path, query ?? {});
    const authorization = await authorize({ method, url: target, body }).catch(async (error: unknown) => {
      // Without a server there is no token either: then that is what the user has to be told.
      await doFetch(targetOf(url, '/v1/health', {}), { signal });
      throw error;
    });
    const init = { method, headers: { ...headers, ...authorization }, signal, redirect: 'manual' as const };
    return doFetch(target, body === undefined ? init : { ...init, body });
  }

  /** Until there is an answer, or no more attempts. `take` reads it: also that may break off. */
  async function send<Taken>(asked: Ask, signal: AbortSignal, take: (answer: Response) => Promise<Taken>) {
    for (let count = 1; ; count += 1) {
      try {
        return await attempt(asked, signal).then(take);
      } catch (error) {
        const told = isTold(error) || isOfAws(error) ? error : unreached(error);
        if (count >= attemptsFor(error, asked)) throw told;
      }
      // Half of it by chance, so that those who were throttled together do not come back together.
      const waitMs = RETRY_MS_FIRST * 2 ** (count - 1) * (0.5 + Math.random() / 2);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  async function ask<Schema extends z.ZodType>(asked: Ask, schema: Schema): Promise<z.output<Schema>> {
    return send(asked, AbortSignal.timeout(ANSWER_MS_MAX), async (answer) => {
      const text = await answer.text();
      if (!answer.ok) throw refusalOf(answer, text, now());
      const parsed = schema.safeParse(jsonIn(answer, text));
      if (parsed.success) return parsed.data;
      const detail = z.prettifyError(parsed.error).split('\n').slice(0, 2).join(' ');
      throw new AnswerUnknownError(answer.url, detail);
    });
  }

  function unreached(error: unknown): Error {
    if (isTimeout(error)) return new AnswerLateError(url, ANSWER_MS_MAX);
    return new ServerUnreachableError(url, error, options.unreachableHint);
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
      return send({ method: 'GET', path, attempts: 1, headers }, signal, async (answer) => {
        if (!answer.ok) throw refusalOf(answer, await answer.text(), now());
        if (answer.body === null)
          throw new AnswerUnknownError(url, 'an event stream was expected, it is empty');
        return answer.body;
      });
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

/** How often a request may be sent that ended in this error. */
function attemptsFor(error: unknown, { attempts }: Ask): number {
  if (isThrottled(error)) return THROTTLED_ATTEMPTS_MAX;
  if (error instanceof Error && 'status' in error) return Number(error.status) >= 500 ? attempts : 1;
  return isBroken(error) ? attempts : 1;
}

function isThrottled(error: unknown): boolean {
  return (
    error instanceof TooManyRequestsError || (error instanceof ProblemError && error.status === THROTTLED)
  );
}

function refusalOf(answer: Response, text: string, now: number): Told {
  const parsed = problem.safeParse(jsonOrNull(text));
  if (!parsed.success) {
    const unknown = () => new AnswerUnknownError(answer.url, `status ${answer.status} without a reason`);
    return gatewayRefusal(answer, text, now) ?? unknown();
  }
  const { status, code, hint = '' } = parsed.data;
  return new ProblemError({ status, code, message: messageOf(parsed.data), hint });
}

function messageOf({ title, detail, errors = [] }: Problem): string {
  const text = detail === '' ? title : detail;
  const fields = errors.filter(({ message }) => !text.includes(message));
  return [text, ...fields.map(({ field, message }) => `${field}: ${message}.`)].join(' ');
}

function jsonIn(answer: Response, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AnswerUnknownError(answer.url, `it is not JSON (status ${answer.status})`, error);
  }
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
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
