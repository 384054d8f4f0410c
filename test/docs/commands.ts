import type { Command } from 'commander';
import type { Cli } from '../../src/cli/cli.ts';
import { createProgram } from '../../src/cli/program.ts';

/** Every command that does something, as it is typed: `routes check`. */
export function leafCommands(): string[] {
  return leaves(program(), []);
}

function leaves(command: Command, words: string[]): string[] {
  if (command.commands.length === 0) return [words.join(' ')];
  return command.commands.flatMap((each) => leaves(each, [...words, each.name()]));
}

/** The command tree, attached to nothing. */
export function program(): Command {
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
