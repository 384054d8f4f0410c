import { access, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Configuration, Route } from '../routes/configuration.ts';
import { parseRoutes } from '../routes/parse.ts';
import { FileUnreadableError, RouteUnknownError } from './errors.ts';

/**
 * Reads and checks a routes.yml. The pipelines that it may name lie beside it, in `pipelines/`.
 * @throws FileUnreadableError, RoutesInvalidError
 */
export async function readRoutes(file: string): Promise<Configuration> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new FileUnreadableError(file, 'Run this in the folder with routes.yml, or name the file.', error);
  });
  return parseRoutes(text, file, { pipelines: await pipelinesBeside(file), now: Date.now() });
}

/** @throws RouteUnknownError */
export function routeOf({ file, routes }: Configuration, name: string): Route {
  const route = routes.find((each) => each.name === name);
  if (route !== undefined) return route;
  throw new RouteUnknownError(
    name,
    file,
    routes.map((each) => each.name),
  );
}

async function pipelinesBeside(file: string): Promise<string[]> {
  const folder = join(dirname(file), 'pipelines');
  const names = await readdir(folder).catch(() => []);
  const defined = await Promise.all(names.map((name) => isThere(join(folder, name, 'definition.asl'))));
  return names.filter((_name, index) => defined[index]);
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
