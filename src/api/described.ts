import { describeRoute, resolver } from 'hono-openapi';
import type * as z from 'zod';
import { problem } from './answer-schemas.ts';
import { PROBLEM_JSON } from './problem.ts';

/** Problems that an endpoint answers with, by status. */
export type Refusals = Record<number, string>;

/** Describes an endpoint for `/openapi.json`: what it is, what it answers, and the problems it may answer with. */
export function described(operationId: string, summary: string, answer: z.ZodType, refusals: Refusals = {}) {
  return describeRoute({
    operationId,
    summary,
    responses: {
      200: { description: 'OK', content: { 'application/json': { schema: resolver(answer) } } },
      ...problems({ ...refusals, 500: 'It went wrong here', 503: 'The log does not answer' }),
    },
  });
}

/** Describes the live stream, which answers with one document per message instead of one in all. */
export function describedStream(
  operationId: string,
  summary: string,
  message: z.ZodType,
  refusals: Refusals,
) {
  return describeRoute({
    operationId,
    summary,
    responses: {
      200: {
        description: 'Server-sent events; the data of each is one message',
        content: { 'text/event-stream': { schema: resolver(message) } },
      },
      ...problems(refusals),
    },
  });
}

/** The problems of an endpoint, for its description. */
export function problems(refusals: Refusals) {
  return Object.fromEntries(
    Object.entries(refusals).map(([status, description]) => [
      status,
      { description, content: { [PROBLEM_JSON]: { schema: resolver(problem) } } },
    ]),
  );
}
