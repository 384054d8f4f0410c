import type { Command } from 'commander';
import { type Cli, optionsOf, printerOf } from '../cli.ts';
import { tickCount } from '../values.ts';

export interface CronNextOptions {
  timezone?: string;
  count: number;
  routes: string;
}

export function registerCron(program: Command, cli: Cli): void {
  program
    .command('cron')
    .description("look at AWS's six-field cron expressions")
    .helpCommand(false)
    .command('next')
    .description('show the next times of a cron expression, or of a route; needs no server')
    .argument('<expression-or-route>', 'six fields in quotes, or the name of a route')
    .option('--timezone <zone>', "IANA name such as Europe/Paris (default: UTC, or the route's own)")
    .option('--count <times>', 'how many', tickCount, 5)
    .option('--routes <file>', 'the routes.yml to look a route up in', 'routes.yml')
    .action((subject: string, _options: unknown, command: Command) => cronNext(cli, command, subject));
}

async function cronNext(cli: Cli, command: Command, subject: string): Promise<void> {
  const options = optionsOf<CronNextOptions>(command);
  const printer = printerOf(cli, options);
  const { schedulesOf, ticksOf, printTicks } = await import('../ticks.ts');
  const schedules = await schedulesOf(subject, options);
  const ticks = ticksOf(schedules, cli.now(), options.count);
  if (printer.json) return printer.document({ schemaVersion: 1, ...ticks });
  printTicks(printer, ticks);
}
