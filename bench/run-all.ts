import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchOptions } from './bench.ts';
import { RESULTS } from './docs/results-folder.ts';
import { find, MEASURED } from './registry.ts';
import { load, resultOf, save } from './results.ts';
import { sectionText } from './table.ts';

/** Results younger than this are taken as they are (ms). */
const FRESH_MS = 12 * 3_600_000;

/** Measures all that docs/performance.md shows and writes it. What an earlier run has measured is not measured again. */
export async function runAll(options: BenchOptions, again: boolean): Promise<void> {
  await mkdir(RESULTS, { recursive: true });
  for (const name of MEASURED) {
    const file = join(RESULTS, `${name}.json`);
    const known = await load(file);
    if (!again && known && known.quick === options.quick && Date.parse(known.date) > Date.now() - FRESH_MS) {
      options.say(`${name}: measured ${known.date}`);
      continue;
    }
    options.say(`${name}:`);
    const result = resultOf(name, options.quick, await (await find(name)).run(options));
    // What could not be measured on this machine leaves what another one found.
    if (result.sections.length > 0) await save(file, result);
  }
  for (const name of ['figures', 'docs']) {
    const found = await (await find(name)).run(options);
    for (const section of Array.isArray(found) ? found : found.sections) console.log(sectionText(section));
  }
}
