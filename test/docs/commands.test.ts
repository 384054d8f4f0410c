import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { program } from './commands.ts';
import { type Page, page, pages } from './pages.ts';

const root = program();

/** What a page tells people to type, comments and what follows a pipe left out. */
function typed({ text }: Pick<Page, 'text'>, tool: string): string[] {
  const found = [...text.matchAll(new RegExp(`(?:^|[\`$(] ?|npx )(${tool}(?: [^\`\\n|>#)]*)?)`, 'gm'))];
  return found.map(([, command = '']) => command.trim());
}

/** What is wrong with a command line: a command or an option that there is not. */
function wrongIn(line: string): string[] {
  const words = line.split(/\s+/).slice(1);
  let command: Command = root;
  while (words[0] !== undefined && /^[a-z-]+$/.test(words[0])) {
    const next = command.commands.find((each) => each.name() === words[0]);
    if (next === undefined) break;
    command = next;
    words.shift();
  }
  const [first = ''] = words;
  const isGroup = command.commands.length > 0;
  if (isGroup && /^[a-z]/.test(first)) return [first];
  const known = [...command.options, ...root.options].flatMap(({ long, short }) => [long, short]);
  const options = words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.split('=')[0] ?? '');
  return options.filter((option) => !known.includes(option) && option !== '--help');
}

const everything = await pages();

test('commands that are not there, and options, would be found', () => {
  expect(wrongIn('spillway flood sales')).toEqual(['flood']);
  expect(wrongIn('spillway flush sales --now')).toEqual(['--now']);
  expect(wrongIn('spillway routes chekc')).toEqual(['chekc']);
  expect(wrongIn('spillway flush sales --wait --stage prod')).toEqual([]);
});

test.each(everything)('every command and option of spillway in $path is there', (one) => {
  const lines = typed(one, 'spillway');
  expect(lines.filter((line) => wrongIn(line).length > 0)).toEqual([]);
});

test('the pages name many commands', () => {
  const lines = everything.flatMap((one) => typed(one, 'spillway'));
  expect(new Set(lines.map((line) => line.split(' ')[1])).size).toBeGreaterThan(15);
});

test('every script of npm that a page names is there', async () => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'));
  const named = everything.flatMap(({ text }) =>
    [...text.matchAll(/npm run ([a-z0-9]+)/g)].map(([, name = '']) => name),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

test('every parameter that a page gives on the command line is there', async () => {
  const { params } = parse((await page('serverless.yml')).text, { logLevel: 'silent' });
  const named = everything.flatMap(({ text }) =>
    [...text.matchAll(/--param[ =](\w+)/g)].map(([, name = '']) => name),
  );
  expect(named).toContain('email');
  expect(named.filter((name) => name !== 'name' && !(name in params.default))).toEqual([]);
});
