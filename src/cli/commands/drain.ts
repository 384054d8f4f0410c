import { type Command, Option } from 'commander';
import { type Cli, clientOf, optionsOf, printerOf } from '../cli.ts';
import type { GlobalOptions } from '../settings.ts';
import { duration } from '../values.ts';

export interface DrainOptions extends GlobalOptions {
  timeout: number;
  note?: string;
}

const TIMEOUT_MS = 600_000;

export function registerDrain(program: Command, cli: Cli): void {
  program
    .command('drain')
    .description('flush a route until no window of it is open, as before it is removed')
    .argument('<route>', 'the route')
    .option('--note <text>', 'why, in free words; kept with the batches', 'drain')
    .addOption(
      new Option('--timeout <duration>', 'how long it tries; exit 3 afterwards')
        .argParser(duration)
        .default(TIMEOUT_MS, '10m'),
    )
    .action((route: string, _options: unknown, command: Command) => drain(cli, command, route));
}

async function drain(cli: Cli, command: Command, route: string): Promise<void> {
  const options = optionsOf<DrainOptions>(command);
  const printer = printerOf(cli, options);
  const client = await clientOf(cli, options);
  const { drainRoute } = await import('../draining.ts');
  await drainRoute({ cli, printer, client, options, route });
}
