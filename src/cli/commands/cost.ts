import { type Command, Option } from 'commander';
import { type Cli, optionsOf, printerOf } from '../cli.ts';
import { costSize, costTime, fileTotal, percent, positiveCount } from '../cost-values.ts';
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
    .description('say what files cost on AWS, by Spillway and by other ways; needs no server')
    .addOption(numbered('--files <n>', 'so many files, such as 1e6 or 250000', fileTotal, 1_000_000, '1e6'))
    .addOption(numbered('--over <time>', 'they come evenly over this long', costTime, MONTH_MS, '30d'))
    .addOption(numbered('--burst <n>', 'so many come together', positiveCount, 100, '100'))
    .addOption(numbered('--size <size>', 'the size of a file', costSize, 50_000, '50KB'))
    .addOption(numbered('--partitions <n>', 'partitions that they come to', positiveCount, 1, '1'))
    .addOption(numbered('--count <n>', 'events that close a window', positiveCount, 100, '100'))
    .addOption(numbered('--window <time>', "a window's time limit", costTime, HOUR_MS, '1h'))
    .option('--quiet <time>', 'windows close when nothing has come for this long', costTime)
    .addOption(numbered('--failed <percent>', 'batches of a hundred that fail', percent, 1, '1'))
    .option(
      '--transitions <n>',
      'state transitions of one execution (default: those of the shipped pipeline)',
      positiveCount,
    )
    .addOption(
      new Option('--architecture <name>', 'of the functions').choices(['arm64', 'x86_64']).default('arm64'),
    )
    .option('--region <region>', 'fail unless the prices are of this region')
    .option('--prices <file>', 'your own prices and figures, over those that come with it')
    .option('--routes <file>', 'a routes.yml: its routes, queues, pipelines and cron flushes stand there')
    .option('--free-tier', 'take off the free tier, as if nothing else in the account used it')
    .option('--lines', 'every line of the bill instead of the comparison')
    .option('--chart <file>', 'also draw cost against batch size, as SVG')
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
