import { validator } from 'hono-openapi';
import type * as z from 'zod';
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
  const errors = issues.slice(0, FAULTS_MAX).map(({ path = [], message }) => ({
    field: fieldOf(path) || where,
    message: shortened(message),
  }));
  const shown = errors.slice(0, 3).map(({ field, message }) => `${field}: ${message}`);
  return new RequestRefusedError(400, 'request-invalid', {
    title: `The ${where} is not as expected`,
    detail: `${shown.join('; ')}.`,
    hint: 'What every request takes is in /openapi.json.',
    errors,
  });
}

/** Faults listed with a refusal, and characters of each: a refusal is never longer than what it refuses deserves. */
const FAULTS_MAX = 20;
const CHARACTERS_MAX = 300;

function shortened(text: string): string {
  return text.length > CHARACTERS_MAX ? `${text.slice(0, CHARACTERS_MAX)} …` : text;
}

function fieldOf(path: NonNullable<Issue['path']>): string {
  return shortened(path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.'));
}
