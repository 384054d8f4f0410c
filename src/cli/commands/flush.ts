import { type Command, InvalidArgumentError, Option } from 'commander';
import type { FlushBodyInput } from '../../api/request-schemas.ts';
import { type Cli, clientOf, optionsOf, printerOf } from '../cli.ts';
import type { Client } from '../client/client.ts';
import { UsageError } from '../errors.ts';
import type { GlobalOptions } from '../settings.ts';
import { duration, eventCount } from '../values.ts';

export interface FlushOptions extends GlobalOptions {
  all?: boolean;
  minEvents: number;
  dryRun?: boolean;
  flushId?: string;
  note?: string;
  who?: string;
  yes?: boolean;
  wait?: boolean;
  timeout: number;
}

const HOUR_MS = 3_600_000;

export function registerFlush(program: Command, cli: Cli): void {
  program
    .command('flush')
    .description('close open windows now, and start their executions')
    .argument('[route]', 'the route to flush')
    .argument('[partition]', 'only this partition of it')
    .option('--all', 'flush every route instead; asks first')
    .option('--min-events <count>', 'leave windows with fewer events open', eventCount, 1)
    .option('--dry-run', 'show what would close, and close nothing')
    .option('--flush-id <id>', 'the same id again never closes a second window; made up if left out', flushId)
    .option('--note <text>', 'why, in free words; kept with the batch')
    .option('--who <name>', 'who asks (default: your user name)')
    .option('--yes', 'do not ask')
    .option('--wait', 'wait for the executions; exit 5 if one fails')
    .addOption(
      new Option('--timeout <duration>', 'how long --wait waits; exit 3 afterwards')
        .argParser(duration)
        .default(HOUR_MS, '1h'),
    )
    .action((route: string | undefined, partition: string | undefined, _options: unknown, command: Command) =>
      flush(cli, command, { route, partition }),
    );
}

async function flush(
  cli: Cli,
  command: Command,
  scope: { route: string | undefined; partition: string | undefined },
): Promise<void> {
  const options = optionsOf<FlushOptions>(command);
  const printer = printerOf(cli, options);
  const body = bodyOf(scope, options);
  const client = await clientOf(cli, options);
  const task = { cli, printer, client, options, body };
  if (options.dryRun === true) {
    const { showPreview } = await import('../flushing.ts');
    return showPreview(task);
  }
  if (options.all === true && options.yes !== true) await confirmAll(cli, client, body);
  const { flushNow } = await import('../flushing.ts');
  await flushNow(task);
}

function bodyOf(
  { route, partition }: { route: string | undefined; partition: string | undefined },
  options: FlushOptions,
): FlushBodyInput {
  if ((route === undefined) === (options.all !== true)) {
    throw new UsageError(
      route === undefined ? 'Nothing was said to be flushed.' : `Both --all and route "${route}" were given.`,
      'Name one route: "spillway flush <route> [partition]", or every route: "spillway flush --all".',
    );
  }
  const { minEvents, note, who } = options;
  return {
    minEvents,
    ...(route === undefined ? { all: true } : { route }),
    ...(partition === undefined ? {} : { partition }),
    ...(note === undefined ? {} : { note }),
    ...(who === undefined ? {} : { who }),
  };
}

async function confirmAll(cli: Cli, client: Client, body: FlushBodyInput): Promise<void> {
  const { canAsk, confirm } = await import('../confirm.ts');
  const { ConfirmationNeededError } = await import('../errors.ts');
  if (!canAsk(cli)) throw new ConfirmationNeededError('Flushing every route');
  const { previewFlush } = await import('../client/endpoints.ts');
  const { counted } = await import('../text/time.ts');
  const { batches, events } = await previewFlush(client, body);
  if (batches === 0) return;
  await confirm(cli, `Close ${counted(batches, 'window')} with ${counted(events, 'event')} now?`);
}

/** The API's rule for flush ids, checked before anything is sent. */
function flushId(text: string): string {
  if (/^[\x21-\x7e]{1,200}$/.test(text)) return text;
  throw new InvalidArgumentError('Expected 1 to 200 printable ASCII characters without spaces.');
}
