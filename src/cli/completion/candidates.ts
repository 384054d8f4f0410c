import type { Argument, Command, Option } from 'commander';
import { routeNames } from './route-names.ts';

export interface Candidate {
  word: string;
  description: string;
}

/**
 * What may stand in the place of the last of `words`, which is unfinished: commands, options, their choices, and
 * the names of routes. Nothing where only the user can know, so that the shell completes file names. Never throws.
 */
export async function candidates(program: Command, words: readonly string[]): Promise<Candidate[]> {
  const current = words.at(-1) ?? '';
  const { command, positionals, pending } = reach(program, words.slice(0, -1));
  const found = await offers({ program, command, positionals, pending, current, words });
  return found.filter(({ word }) => word.startsWith(current));
}

interface Reached {
  /** The command that the words lead to. */
  command: Command;
  /** How many of its arguments are given. */
  positionals: number;
  /** The option that still wants its value. */
  pending: Option | undefined;
}

function reach(program: Command, words: readonly string[]): Reached {
  let command = program;
  let positionals = 0;
  let pending: Option | undefined;
  for (const word of words) {
    if (pending !== undefined) {
      pending = undefined;
    } else if (word.startsWith('-')) {
      pending = word.includes('=') ? undefined : optionNamed(command, word);
      if (pending?.required !== true) pending = undefined;
    } else {
      const next = positionals === 0 ? command.commands.find((each) => each.name() === word) : undefined;
      if (next === undefined) positionals += 1;
      else command = next;
    }
  }
  return { command, positionals, pending };
}

async function offers(
  at: Reached & { program: Command; current: string; words: readonly string[] },
): Promise<Candidate[]> {
  const { program, command, positionals, pending, current, words } = at;
  if (pending !== undefined) return valuesOf(pending, pending.attributeName(), words);
  if (current.startsWith('-')) {
    return optionsOf(command).flatMap(({ long, description }) =>
      long == null ? [] : [{ word: long, description }],
    );
  }
  const commands = positionals === 0 ? visible(command) : [];
  const argument = command.registeredArguments[positionals];
  const help = command.name() === 'help' ? [...visible(program), EXIT_CODES] : [];
  const values = argument === undefined ? [] : await valuesOf(argument, argument.name(), words);
  return [...commands, ...help, ...values];
}

const EXIT_CODES: Candidate = { word: 'exit-codes', description: 'what the exit codes mean' };

async function valuesOf(
  of: Pick<Argument | Option, 'argChoices'>,
  name: string,
  words: readonly string[],
): Promise<Candidate[]> {
  if (of.argChoices !== undefined) return of.argChoices.map((word) => ({ word, description: '' }));
  const isRoute = name === 'route' || name === 'expression-or-route';
  if (!isRoute) return [];
  return (await routeNames(words)).map((word) => ({ word, description: 'route' }));
}

function visible(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((each) => ({ word: each.name(), description: each.description() }));
}

/** The command's own options and those of the commands above it. */
function optionsOf(command: Command): Option[] {
  const help = command.createHelp();
  return [...help.visibleOptions(command), ...(command.parent === null ? [] : optionsOf(command.parent))];
}

function optionNamed(command: Command, flag: string): Option | undefined {
  return optionsOf(command).find(({ short, long }) => flag === long || flag === short);
}
