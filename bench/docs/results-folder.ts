import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { load, type Result } from '../results.ts';

/** Where the results lie that docs/performance.md is written from. */
export const RESULTS = 'docs/performance';

/** Every kept result by its bench. */
export async function readResults(folder = RESULTS): Promise<Map<string, Result>> {
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith('.json')).sort();
  const results = new Map<string, Result>();
  for (const file of files) {
    const result = await load(join(folder, file));
    if (result) results.set(result.name, result);
  }
  return results;
}
