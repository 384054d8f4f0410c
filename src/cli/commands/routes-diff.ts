import type { Command } from 'commander';
import { type Cli, clientOf, optionsOf, printerOf } from '../cli.ts';

/** @param routes the group of commands about routes.yml */
export function registerRoutesDiff(routes: Command, cli: Cli): void {
  routes
    .command('diff')
    .description('show what deploying routes.yml would change, for open windows too')
    .argument('[file]', 'the file', 'routes.yml')
    .action((file: string, _options: unknown, command: Command) => diff(cli, command, file));
}

async function diff(cli: Cli, command: Command, file: string): Promise<void> {
  const options = optionsOf(command);
  const printer = printerOf(cli, options);
  const { readRoutes } = await import('../routes-file.ts');
  // Read first: a routes.yml that is wrong would not be deployed at all.
  const configuration = await readRoutes(file);
  const client = await clientOf(cli, options);
  const { showDifferences } = await import('../comparing.ts');
  await showDifferences({ cli, options, printer, client, configuration });
}
