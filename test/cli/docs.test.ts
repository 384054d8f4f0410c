import { readdir, readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import type { Cli } from '../../src/cli/cli.ts';
import { EXIT_CODE_MEANINGS } from '../../src/cli/exit-codes.ts';
import { createProgram } from '../../src/cli/program.ts';

const page = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8');

function program(): Command {
  const { stdin, stdout, stderr } = process;
  const cli: Cli = {
    env: {},
    stdin,
    stdout,
    stderr,
    now: Date.now,
    onStop: () => {},
    onUncaught: () => {},
    abort: () => {},
    setExitCode: () => {},
  };
  return createProgram(cli);
}

/** The commands that do something, each with the words that lead to it. */
function leaves(command: Command, words: string[] = []): { words: string; command: Command }[] {
  if (command.commands.length === 0) return [{ words: words.join(' '), command }];
  return command.commands.flatMap((each) => leaves(each, [...words, each.name()]));
}

test('docs/cli.md names every command', () => {
  const names = leaves(program()).map(({ words }) => words);
  expect(names.length).toBeGreaterThan(10);
  for (const name of names.filter((each) => each !== '__complete'))
    expect(page).toMatch(new RegExp(`^\\| \`${name}[ \`]`, 'm'));
});

test('docs/cli.md names the options of each command, and none that a command does not have', () => {
  const wanted = leaves(program()).flatMap(({ words, command }) => {
    const options = command.options.map(({ flags }) => `\`${flags}\``);
    return words === '__complete' || options.length === 0 ? [] : [`| \`${words}\` | ${options.join(', ')} |`];
  });
  const [, section = ''] = /^## Options of one command$(.*?)^## /ms.exec(page) ?? [];
  expect(section.match(/^\| `.*$/gm)).toEqual(wanted);
});

test('docs/cli.md mentions no option that nothing has', () => {
  const known = new Set(
    [program(), ...leaves(program()).map(({ command }) => command)].flatMap((command) =>
      command.options.flatMap(({ long, negate }) => [long, negate ? long?.replace('--no-', '--') : long]),
    ),
  );
  const spillway = page.match(/spillway [^\n`]*/g) ?? [];
  const mentioned = spillway.flatMap((line) => line.split('#')[0]?.match(/--[a-z][a-z-]*/g) ?? []);
  expect(mentioned.length).toBeGreaterThan(10);
  expect(mentioned.filter((option) => !known.has(option) && option !== '--help')).toEqual([]);
});

test('docs/cli.md names every permission that doctor may lack', async () => {
  const folder = new URL('../../src/doctor/', import.meta.url);
  const files = await readdir(folder);
  const texts = await Promise.all(files.map((file) => readFile(new URL(file, folder), 'utf8')));
  const actions = new Set(texts.join().match(/(?<=')[a-z0-9]+:[A-Z][A-Za-z]+(?=')/g));
  expect(actions.size).toBeGreaterThan(8);
  for (const action of actions) expect(page).toContain(`\`${action}\``);
});

test('docs/cli.md names every option that all commands have', () => {
  for (const { long } of program().options.filter((each) => each.long !== '--version'))
    expect(page).toContain(`\`${long}`);
});

test('docs/cli.md gives the exit codes in the words of the help', () => {
  for (const { code, meaning } of EXIT_CODE_MEANINGS) expect(page).toContain(`| ${code} | ${meaning} |`);
});

test('no option of a command hides one that all commands have', () => {
  const shared = program().options.map(({ long }) => long);
  for (const { words, command } of leaves(program())) {
    const hidden = command.options.map(({ long }) => long).filter((long) => shared.includes(long));
    expect({ words, hidden }).toEqual({ words, hidden: [] });
  }
});
