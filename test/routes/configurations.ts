import type { Configuration, PipelineSetting, Route } from '../../src/routes/configuration.ts';
import { parseRoutes } from '../../src/routes/parse.ts';
import { parsePattern } from '../../src/routes/pattern.ts';
import { RoutesInvalidError } from '../../src/routes/problem.ts';

export const PIPELINES = ['process-files', 'fail-on-demand'];

export function parse(text: string): Configuration {
  return parseRoutes(text, 'routes.yml', { pipelines: PIPELINES });
}

/** What is wrong with a configuration that must not pass. */
export function problemsOf(text: string): RoutesInvalidError['problems'] {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof RoutesInvalidError) return error.problems;
    throw error;
  }
  throw new Error(`This was accepted:\n${text}`);
}

export function messagesOf(text: string): string[] {
  return problemsOf(text).map(({ message }) => message);
}

/** A configuration with one bucket and these routes, as YAML's flow mappings. */
export function withRoutes(routes: Record<string, string>): string {
  const entries = Object.entries(routes).map(([name, route]) => `  ${name}: ${route}`);
  return [
    'buckets: { landing: {}, curated: {} }',
    'defaults: { batch: { count: 100, window: 1h }, pipeline: process-files }',
    'routes:',
    ...entries,
    '',
  ].join('\n');
}

export function resolvePipeline(pipeline: PipelineSetting) {
  if ('stateMachineArn' in pipeline) return { name: 'elsewhere', stateMachineArn: pipeline.stateMachineArn };
  return { name: pipeline.name, stateMachineArn: `local:${pipeline.name}` };
}

/** A route that only routing looks at. */
export function routeWith(parts: { name?: string; prefix: string; suffixes?: string[] }): Route {
  return {
    name: parts.name ?? 'route',
    bucket: 'landing',
    prefix: parts.prefix,
    pattern: parsePattern(parts.prefix),
    suffixes: parts.suffixes ?? [],
    limits: { count: 100, windowMs: 3_600_000 },
    schedules: [],
    pipeline: { name: 'process-files' },
    folderMarkers: 'ignore',
    queue: 'shared',
  };
}
