import type { Sources } from './sources.ts';

/** Every route there is anything to say about: configured ones, and those that were once, in code-unit order. */
export async function knownRoutes(sources: Sources): Promise<string[]> {
  const registered = await sources.ports.projections.routes();
  return [...new Set([...sources.routes.map(({ name }) => name), ...registered])].sort();
}
