import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { page } from './page.ts';
import { RESULTS, readResults } from './results-folder.ts';

export const PAGE = 'docs/performance.md';

/** Writes docs/performance.md and its pictures from the kept results. */
export const docs: Bench = {
  name: 'docs',
  about: `writes ${PAGE} and its charts from the kept results`,
  async run({ say }) {
    const { text, pictures } = page(await readResults());
    await writeFile(PAGE, text);
    for (const { file, svg } of pictures) await writeFile(join(RESULTS, file), svg);
    say(`wrote ${[PAGE, ...pictures.map(({ file }) => join(RESULTS, file))].join(', ')}`);
    return [];
  },
};
