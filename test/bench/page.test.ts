import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PAGE, README } from '../../bench/docs/docs.ts';
import { page } from '../../bench/docs/page.ts';
import { readResults } from '../../bench/docs/results-folder.ts';
import { inReadme, usualCost, withFigures } from '../../bench/docs/short.ts';
import { checks } from '../../bench/figures/checks.ts';

test('docs/performance.md and its charts are what the kept results give: npm run bench -- docs', async () => {
  const kept = await readResults();
  const usual = await usualCost();
  const { text, pictures } = page(kept, usual);
  expect(existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '').toBe(text);
  const readme = readFileSync(README, 'utf8');
  const figures = inReadme(kept, usual);
  expect(readme).toContain(figures);
  expect(withFigures(readme, figures)).toBe(readme);
  for (const { file, svg } of pictures) expect(readFileSync(`docs/performance/${file}`, 'utf8')).toBe(svg);
});

test('every aim was measured, in full and not quickly', async () => {
  const kept = await readResults();
  expect(checks(kept).filter(({ measured }) => measured === null)).toEqual([]);
  expect([...kept.values()].filter(({ quick }) => quick).map(({ name }) => name)).toEqual([]);
});

test('a page without any result still says how it is made', async () => {
  const { text, pictures } = page(new Map(), await usualCost());
  expect(text).toContain('npm run bench -- all');
  expect(pictures).toEqual([]);
});
