import { Argument, type Command } from 'commander';
import { type Cli, optionsOf, printerOf } from '../cli.ts';
import { SHELLS, type Shell } from '../completion/shells.ts';

export function registerCompletion(program: Command, cli: Cli): void {
  program
    .command('completion')
    .description('print a script that lets a shell complete commands, options and route names')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action((shell: Shell, _options: unknown, command: Command) => completion(cli, command, shell));
  program
    .command('__complete', { hidden: true })
    .description('answer a completion script: the words so far, the last one unfinished')
    .argument('[words...]')
    .allowUnknownOption()
    .helpOption(false)
    .action((words: string[], _options: unknown, command: Command) => complete(cli, program, command, words));
}

async function completion(cli: Cli, command: Command, shell: Shell): Promise<void> {
  const printer = printerOf(cli, optionsOf(command));
  const { scriptFor } = await import('../completion/scripts.ts');
  const { script, install } = scriptFor(shell);
  if (printer.json) return printer.document({ schemaVersion: 1, shell, script, install });
  printer.raw(script);
  printer.talk(`To have it in every new ${shell}: ${install}`);
}

async function complete(cli: Cli, program: Command, command: Command, words: string[]): Promise<void> {
  const printer = printerOf(cli, optionsOf(command));
  const { candidates } = await import('../completion/candidates.ts');
  const found = await candidates(program, words);
  if (printer.json) return printer.document({ schemaVersion: 1, candidates: found });
  for (const { word, description } of found) printer.raw(`${word}\t${description}\n`);
}
