import { type Command, Option } from 'commander';
import { type Cli, clientOf, optionsOf, printerOf } from '../cli.ts';
import type { WindowsAnswer } from '../client/endpoints.ts';
import type { Printer } from '../printer.ts';
import { pageLimit } from '../values.ts';
import { WINDOW_ORDERS } from '../words.ts';

interface WindowsOptions {
  partition?: string;
  search?: string;
  sort: (typeof WINDOW_ORDERS)[number];
  limit: number;
  cursor?: string;
  all?: boolean;
  watch?: boolean;
}

export function registerWindows(program: Command, cli: Cli): void {
  program
    .command('windows')
    .description('list the open windows: how full, how old, when they close')
    .argument('[route]', 'only this route')
    .option('--partition <partition>', 'only this partition')
    .option('--search <text>', 'only where the route or the partition contains this text')
    .addOption(
      new Option('--sort <order>', 'next to close first, fullest first, or oldest first')
        .choices(WINDOW_ORDERS)
        .default('deadline'),
    )
    .option('--limit <rows>', 'rows on a page, 1 to 200', pageLimit, 50)
    .option('--cursor <cursor>', 'continue after an earlier page')
    .option('--all', 'every page')
    .option('--watch', 'keep looking: redraws on a terminal, appends changed windows in a pipe')
    .action((route: string | undefined, _options: unknown, command: Command) => windows(cli, command, route));
}

async function windows(cli: Cli, command: Command, route: string | undefined): Promise<void> {
  const options = optionsOf<WindowsOptions>(command);
  const printer = printerOf(cli, options);
  const { windowColumns } = await import('../views/windows.ts');
  const ask = await questionOf(cli, command, route);
  if (options.watch === true) {
    const { watchWindows } = await import('../watch.ts');
    return watchWindows({ printer, ask, columns: windowColumns });
  }
  const answer = await ask();
  if (printer.json) return printer.document(answer);
  if (answer.windows.length === 0) return printer.talk('No window is open.');
  printer.rows(answer.windows, windowColumns(Date.parse(answer.now)));
  tellRest(printer, answer);
}

async function questionOf(
  cli: Cli,
  command: Command,
  route: string | undefined,
): Promise<() => Promise<WindowsAnswer>> {
  const options = optionsOf<WindowsOptions>(command);
  const client = await clientOf(cli, options);
  const { askWindows } = await import('../client/endpoints.ts');
  const { everyPage } = await import('../client/pages.ts');
  const { partition, search, sort, limit } = options;
  const page = (cursor: string | undefined) =>
    askWindows(client, { route, partition, search, sort, limit, cursor });
  if (options.all !== true) return () => page(options.cursor);
  return async () => {
    const { last, rows } = await everyPage(page, (each) => each.windows, options.cursor);
    return { ...last, windows: rows };
  };
}

function tellRest(printer: Printer, { windows: shown, total, nextCursor }: WindowsAnswer): void {
  if (nextCursor === null) return;
  printer.talk(`${shown.length} of ${total} open windows. More: --all, or --cursor ${nextCursor}`);
}
