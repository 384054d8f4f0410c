import { readFile } from 'node:fs/promises';

const NAME = /^[a-z0-9-]+$/;

/** The routes of the routes.yml in this folder, or of the one that `--routes` names. A broken file has none. */
export async function routeNames(words: readonly string[]): Promise<string[]> {
  const flag = words.indexOf('--routes');
  const file = (flag === -1 ? undefined : words[flag + 1]) ?? 'routes.yml';
  try {
    const { parse } = await import('yaml');
    const document: unknown = parse(await readFile(file, 'utf8'), { logLevel: 'silent' });
    if (!hasRoutes(document)) return [];
    return Object.keys(document.routes).filter((name) => NAME.test(name));
  } catch {
    return [];
  }
}

function hasRoutes(document: unknown): document is { routes: Record<string, unknown> } {
  if (typeof document !== 'object' || document === null || !('routes' in document)) return false;
  return typeof document.routes === 'object' && document.routes !== null;
}
