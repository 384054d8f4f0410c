import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { page } from './page.ts';
import { RESULTS, readResults } from './results-folder.ts';
import { inReadme, usualCost, withFigures } from './short.ts';

export const PAGE = 'docs/performance.md';
export const README = 'README.md';

/** Writes docs/performance.md, its pictures and the figures of README.md from the kept results. */
export const docs: Bench = {
  name: 'docs',
  about: `writes ${PAGE}, its charts and the figures in ${README} from the kept results`,
  async run({ say }) {
    const results = await readResults();
    const usual = await usualCost();
    const { text, pictures } = page(results, usual);
    await writeFile(PAGE, text);
    await writeFile(README, withFigures(await readFile(README, 'utf8'), inReadme(results, usual)));
    for (const { file, svg } of pictures) await writeFile(join(RESULTS, file), svg);
    say(`wrote ${[PAGE, README, ...pictures.map(({ file }) => join(RESULTS, file))].join(', ')}`);
    return [];
  },
};
