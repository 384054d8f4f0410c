import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packRoutes } from '../../src/routes/packed.ts';
import { parseRoutes } from '../../src/routes/parse.ts';

/** Puts the routes into a function's folder, as packaging does. */
export async function writePackagedRoutes(
  folder: string,
  text: string,
  pipelines: readonly string[],
): Promise<void> {
  const configuration = parseRoutes(text, 'routes.yml', { pipelines });
  await writeFile(join(folder, 'routes.json'), packRoutes(configuration));
}
