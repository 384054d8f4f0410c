import { validator } from 'hono-openapi';
import type { z } from 'zod';
import { RequestRefusedError } from './problem.ts';

type Issue = { message: string; path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined };

/** Checks the query against its schema; what does not fit is told field by field. */
export function query<Schema extends z.ZodType>(schema: Schema) {
  return validator('query', schema, (result) => {
    if (!result.success) throw invalid('query', result.error);
  });
}

/** Checks the JSON body against its schema. */
export function body<Schema extends z.ZodType>(schema: Schema) {
  return validator('json', schema, (result) => {
    if (!result.success) throw invalid('body', result.error);
  });
}

function invalid(where: string, issues: readonly Issue[]): RequestRefusedError {
  const errors = issues.map(({ path = [], message }) => ({ field: fieldOf(path) || where, message }));
  const shown = errors.slice(0, 3).map(({ field, message }) => `${field}: ${message}`);
  return new RequestRefusedError(400, 'request-invalid', {
    title: `The ${where} is not as expected`,
    detail: `${shown.join('; ')}.`,
    hint: 'What every request takes is in /openapi.json.',
    errors: errors.slice(0, ERRORS_MAX),
  });
}

/** Faults listed with a refusal. */
const ERRORS_MAX = 50;

function fieldOf(path: NonNullable<Issue['path']>): string {
  return path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
}
