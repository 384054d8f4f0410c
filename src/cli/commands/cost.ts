import { type Command, Option } from 'commander';
import { type Cli, optionsOf, printerOf } from '../cli.ts';
import {
  costSize,
  costTime,
  fileTotal,
  percent,
  positiveCount,
  windowCount,
  windowTime,
} from '../cost-values.ts';
import type { GlobalOptions } from '../settings.ts';

export interface CostOptions extends GlobalOptions {
  files: number;
  over: number;
  burst: number;
  size: number;
  partitions: number;
  count: number;
  window: number;
  quiet?: number;
  failed: number;
  transitions?: number;
  architecture: 'arm64' | 'x86_64';
  region?: string;
  prices?: string;
  routes?: string;
  freeTier?: boolean;
  lines?: boolean;
  chart?: string;
}

const MONTH_MS = 30 * 86_400_000;
const HOUR_MS = 3_600_000;

export function registerCost(program: Command, cli: Cli): void {
  program
    .command('cost')
    .description('say what files cost on AWS, with Spillway and in other ways; needs no server')
    .addOption(numbered('--files <n>', 'number of files, such as 1e6 or 250000', fileTotal, 1_000_000, '1e6'))
    .addOption(numbered('--over <time>', 'time over which they arrive, evenly', costTime, MONTH_MS, '30d'))
    .addOption(
      numbered('--burst <n>', 'files per burst; 1: they arrive one by one', positiveCount, 100, '100'),
    )
    .addOption(numbered('--size <size>', 'size of a file', costSize, 50_000, '50KB'))
    .addOption(numbered('--partitions <n>', 'number of partitions they arrive in', positiveCount, 1, '1'))
    .addOption(numbered('--count <n>', 'number of events that closes a window', windowCount, 100, '100'))
    .addOption(numbered('--window <time>', "a window's time limit", windowTime, HOUR_MS, '1h'))
    .option('--quiet <time>', 'close windows when nothing has arrived for this long', windowTime)
    .addOption(numbered('--failed <percent>', 'percentage of batches that fail', percent, 1, '1'))
    .option(
      '--transitions <n>',
      'state transitions of one execution (default: those of the shipped pipeline)',
      positiveCount,
    )
    .addOption(
      new Option('--architecture <name>', 'processor of the functions')
        .choices(['arm64', 'x86_64'])
        .default('arm64'),
    )
    .option('--region <region>', 'fail unless the prices are for this region')
    .option('--prices <file>', 'file with your own prices and figures; the rest stays as built in')
    .option('--routes <file>', 'a routes.yml, for the standing cost of its routes, queues and cron flushes')
    .option('--free-tier', 'take off the free tier, as if nothing else in the account used it')
    .option('--lines', 'print every line of the bill instead of the comparison')
    .option('--chart <file>', 'also draw the cost by batch size into this file, as SVG')
    .action((_options: unknown, command: Command) => cost(cli, command));
}

function numbered(
  flags: string,
  description: string,
  parse: (text: string) => number,
  value: number,
  shown: string,
): Option {
  return new Option(flags, description).argParser(parse).default(value, shown);
}

async function cost(cli: Cli, command: Command): Promise<void> {
  const options = optionsOf<CostOptions>(command);
  const printer = printerOf(cli, options);
  const { reckon } = await import('../costing.ts');
  const { printCosts } = await import('../views/costs.ts');
  const reckoned = await reckon(options, cli.now());
  printCosts(printer, reckoned, options.lines === true);
}
