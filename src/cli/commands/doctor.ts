import type { Command } from 'commander';
import { type Cli, optionsOf, printerOf } from '../cli.ts';

export function registerDoctor(program: Command, cli: Cli): void {
  program
    .command('doctor')
    .description('look whether all is well, and say how to mend what is not')
    .action((_options: unknown, command: Command) => doctor(cli, command));
}

async function doctor(cli: Cli, command: Command): Promise<void> {
  const options = optionsOf(command);
  const { examine } = await import('../examining.ts');
  await examine({ cli, options, printer: printerOf(cli, options), version: command.parent?.version() ?? '' });
}
