import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { Cli } from './cli.ts';
import { registerBatch } from './commands/batch.ts';
import { registerBatches } from './commands/batches.ts';
import { registerCompletion } from './commands/completion.ts';
import { registerCost } from './commands/cost.ts';
import { registerCron } from './commands/cron-next.ts';
import { registerDlq } from './commands/dlq.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerDrain } from './commands/drain.ts';
import { registerFlush } from './commands/flush.ts';
import { registerHelp } from './commands/help.ts';
import { registerListen } from './commands/listen.ts';
import { registerPut } from './commands/put.ts';
import { registerRoutes } from './commands/routes-check.ts';
import { registerStart } from './commands/start.ts';
import { registerWhere } from './commands/where.ts';
import { registerWhy } from './commands/why.ts';
import { registerWindows } from './commands/windows.ts';
import { ROOT_DEFAULT, URL_DEFAULT } from './settings.ts';

const DESCRIPTION = `Holds back S3 events and releases them as one Step Functions execution:
by count, by age, or when you say so.`;

const REGISTRATIONS = [
  registerStart,
  registerPut,
  registerWindows,
  registerBatches,
  registerBatch,
  registerFlush,
  registerDrain,
  registerWhy,
  registerWhere,
  registerListen,
  registerRoutes,
  registerDoctor,
  registerDlq,
  registerCron,
  registerCost,
  registerCompletion,
  registerHelp,
];

/** The whole command tree. Registering is cheap: what a command needs is loaded when it runs. */
export function createProgram(cli: Cli): Command {
  const program = new Command('spillway')
    .description(DESCRIPTION)
    .version(version())
    .option('--json', 'print one JSON document (one a line where it goes on), errors too')
    .addOption(
      new Option('--color <when>', 'colours in the output')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    )
    .option('--url <url>', `the server, or SPILLWAY_URL (default: ${URL_DEFAULT})`)
    .option('--stage <stage>', 'the stage on AWS instead of a server here, or SPILLWAY_STAGE')
    .option('--root <folder>', `the folder with the buckets, or SPILLWAY_ROOT (default: ${ROOT_DEFAULT})`)
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false });
  program
    .exitOverride()
    // Parse errors are told by the process, as every other error is.
    .configureOutput({ outputError: () => {}, writeOut: (text) => void cli.stdout.write(text) })
    .addHelpText('after', '\nExit codes: spillway help exit-codes');
  for (const register of REGISTRATIONS) register(program, cli);
  return program;
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed === 'object' && parsed !== null && 'version' in parsed) return String(parsed.version);
  return 'unknown';
}
