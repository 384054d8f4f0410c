import type { Command } from 'commander';
import { type Cli, clientOf, optionsOf, printerOf } from '../cli.ts';
import { instant, oneOrMore, pageLimit } from '../values.ts';
import { REASONS, STATUSES } from '../words.ts';

interface BatchesOptions {
  partition?: string;
  reason?: string;
  status?: string;
  since?: string;
  until?: string;
  limit: number;
  cursor?: string;
  all?: boolean;
}

export function registerBatches(program: Command, cli: Cli): void {
  program
    .command('batches')
    .description('list batches, newest first')
    .argument('[route]', 'only this route')
    .option('--partition <partition>', 'only this partition')
    .option('--reason <reasons>', `why they closed: ${REASONS.join(', ')}`, oneOrMore(REASONS))
    .option('--status <statuses>', `how they stand: ${STATUSES.join(', ')}`, oneOrMore(STATUSES))
    .option('--since <instant>', 'closed at this instant or later, such as 2026-11-02T08:40:00Z', instant)
    .option('--until <instant>', 'closed before this instant', instant)
    .option('--limit <rows>', 'rows on a page, 1 to 200', pageLimit, 50)
    .option('--cursor <cursor>', 'continue after an earlier page')
    .option('--all', 'every page')
    .action((route: string | undefined, _options: unknown, command: Command) => batches(cli, command, route));
}

async function batches(cli: Cli, command: Command, route: string | undefined): Promise<void> {
  const options = optionsOf<BatchesOptions>(command);
  const printer = printerOf(cli, options);
  const client = await clientOf(cli, options);
  const { askBatches } = await import('../client/endpoints.ts');
  const { everyPage } = await import('../client/pages.ts');
  const { batchColumns } = await import('../views/batches.ts');
  const { partition, reason, status, since, until, limit } = options;
  const page = (cursor: string | undefined) =>
    askBatches(client, { route, partition, reason, status, since, until, limit, cursor });
  const answer = options.all === true ? await all(page, options.cursor) : await page(options.cursor);
  if (printer.json) return printer.document(answer);
  if (answer.batches.length === 0) printer.talk('No batch matches.');
  else printer.rows(answer.batches, batchColumns(cli.now()));
  if (answer.nextCursor !== null) printer.talk(`More: --all, or --cursor ${answer.nextCursor}`);

  async function all(ask: typeof page, cursor: string | undefined) {
    const { last, rows } = await everyPage(ask, (each) => each.batches, cursor);
    return { ...last, batches: rows };
  }
}
