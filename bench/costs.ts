import { readFile, writeFile } from 'node:fs/promises';
import { blocks, chart, filled } from './costs-document.ts';

/** Writes what `spillway cost` says into docs/costs.md and README.md, between their markers, and draws docs/costs.svg. */

const root = new URL('../', import.meta.url);

const all = await blocks();
for (const page of ['docs/costs.md', 'README.md']) {
  const file = new URL(page, root);
  const text = await readFile(file, 'utf8');
  const fresh = filled(text, all);
  if (fresh === text) continue;
  await writeFile(file, fresh);
  console.log(`${page} was brought up to date.`);
}
await writeFile(new URL('docs/costs.svg', root), await chart());
