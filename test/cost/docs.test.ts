import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { blocks, chart, filled } from '../../bench/costs-document.ts';
import { FIGURES } from '../../src/cost/figures.ts';
import { type PriceName, parsePrices } from '../../src/cost/prices.ts';
import { polling } from '../../src/cost/standing.ts';

const root = new URL('../../', import.meta.url);
const read = (file: string) => readFile(new URL(file, root), 'utf8');

test('docs/costs.md, its chart and README.md say what the command says; else: npm run costs', async () => {
  const all = await blocks();
  for (const page of ['docs/costs.md', 'README.md']) {
    const text = await read(page);
    expect(text === filled(text, all), `${page} is current`).toBe(true);
  }
  expect((await read('docs/costs.svg')) === (await chart()), 'docs/costs.svg is current').toBe(true);
});

test('a block that is stale is found', async () => {
  const all = await blocks();
  const page = await read('docs/costs.md');
  const stale = page.replace('| one execution per file |', '| one execution a file |');
  expect(stale).not.toBe(page);
  expect(filled(stale, all)).toBe(page);
});

test('the sizes that docs/costs.md tells in words are the figures', async () => {
  const page = (await read('docs/costs.md')).replace(/\s+/g, ' ');
  expect(page).toContain(`a record of ${FIGURES.recordBytes} bytes and ${FIGURES.eventBytes} more per event`);
});

test('the prices that docs/costs.md tells in words are those of the table', async () => {
  const page = (await read('docs/costs.md')).replace(/\s+/g, ' ');
  const { prices } = parsePrices(await read('src/cost/prices.yml'), 'prices.yml', null);
  const each = (name: PriceName) => prices[name].price / prices[name].per;
  expect(page).toContain(
    `costs as much as ${Math.round(each('stepTransitions') / each('dynamoWrites'))} write units`,
  );
  const polls = Math.round(100 * polling(1, 1, FIGURES).quantity * each('sqsRequests'));
  const alarm = Math.round(100 * each('alarms'));
  expect(page).toContain(
    `about ${polls + alarm} cents a month: ${polls} for polling, ${alarm} for its alarm`,
  );
  expect(each('kmsKeys')).toBe(1);
  expect(page).toContain('yearly rotations of the key adds a dollar a month');
});
