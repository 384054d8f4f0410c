import { type Command, Option } from 'commander';
import { type Cli, optionsOf, printerOf } from '../cli.ts';
import type { GlobalOptions } from '../settings.ts';
import { refuseStage } from '../target.ts';
import { copyCount, duration } from '../values.ts';

export interface PutOptions extends GlobalOptions {
  to?: string;
  n: number;
  routes: string;
  wait?: boolean;
  timeout: number;
}

const HOUR_MS = 3_600_000;

export function registerPut(program: Command, cli: Cli): void {
  program
    .command('put')
    .description('copy files into a bucket of the folder, as if somebody had uploaded them')
    .argument('<file...>', 'the files')
    .option('--to <place>', "s3://bucket/prefix/, or a prefix in the only bucket (default: the only route's)")
    .option('--n <copies>', 'so many copies of each file, under different names', copyCount, 1)
    .option('--routes <file>', 'the routes.yml that says which files are events', 'routes.yml')
    .option('--wait', 'wait for the batches that hold them; exit 5 if one fails')
    .addOption(
      new Option('--timeout <duration>', 'how long --wait waits; exit 3 afterwards')
        .argParser(duration)
        .default(HOUR_MS, '1h'),
    )
    .action((files: string[], _options: unknown, command: Command) => put(cli, command, files));
}

async function put(cli: Cli, command: Command, files: string[]): Promise<void> {
  const options = optionsOf<PutOptions>(command);
  refuseStage(options, 'put copies into a folder', 'Upload to a bucket of AWS with "aws s3 cp".');
  const printer = printerOf(cli, options);
  const { putFiles } = await import('../putting.ts');
  await putFiles({ cli, printer, options, files });
}
