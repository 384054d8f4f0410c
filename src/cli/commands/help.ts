import type { Command } from 'commander';
import { type Cli, optionsOf, printerOf } from '../cli.ts';
import { UsageError } from '../errors.ts';
import { EXIT_CODE_MEANINGS } from '../exit-codes.ts';
import type { Printer } from '../printer.ts';

const EXIT_CODES_TOPIC = 'exit-codes';

export function registerHelp(program: Command, cli: Cli): void {
  program
    .command('help')
    .description('show help on a command, or on the topic exit-codes')
    .argument('[words...]', `a command, or ${EXIT_CODES_TOPIC}`)
    .action((words: string[], _options: unknown, command: Command) => help(cli, program, command, words));
}

function help(cli: Cli, program: Command, command: Command, words: string[]): void {
  const printer = printerOf(cli, optionsOf(command));
  if (words.length === 1 && words[0] === EXIT_CODES_TOPIC) {
    printExitCodes(printer);
    return;
  }
  const about = commandAt(program, words);
  if (printer.json) printer.document({ schemaVersion: 1, command: words, help: about.helpInformation() });
  else about.outputHelp();
}

function printExitCodes(printer: Printer): void {
  if (printer.json) printer.document({ schemaVersion: 1, exitCodes: EXIT_CODE_MEANINGS });
  else
    for (const { code, meaning } of EXIT_CODE_MEANINGS)
      printer.line(`${String(code).padStart(3)}  ${meaning}`);
}

function commandAt(program: Command, words: string[]): Command {
  let found = program;
  for (const word of words) {
    const next = found.commands.find((each) => each.name() === word);
    if (next === undefined) {
      const known = found.commands.map((each) => each.name()).filter((name) => !name.startsWith('__'));
      throw new UsageError(
        `There is no help on "${words.join(' ')}".`,
        `There is on: ${[...known, ...(found === program ? [EXIT_CODES_TOPIC] : [])].join(', ')}.`,
      );
    }
    found = next;
  }
  return found;
}
