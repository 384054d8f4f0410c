import { randomUUID } from 'node:crypto';
import type { Cli } from './cli.ts';
import type { Client } from './client/client.ts';
import { askFlush, askWindows, type FlushDone } from './client/endpoints.ts';
import type { DrainOptions } from './commands/drain.ts';
import { EXIT } from './exit-codes.ts';
import { userName } from './flushing.ts';
import type { Printer } from './printer.ts';
import { counted } from './text/time.ts';

type Flushed = FlushDone['partitions'][number];
type Closed = Flushed & { batch: NonNullable<Flushed['batch']> };

const LOOK_MS_FIRST = 500;
const LOOK_MS_MAX = 15_000;

/**
 * Flushes a route again and again until a look finds no window of it open, or the timeout has passed. Every round is a
 * flush of its own, because one flush closes only what was open when it was asked for: where files keep coming, the
 * rounds come further and further apart, so that they do not make a batch of every file.
 */
export async function drainRoute(task: {
  cli: Cli;
  printer: Printer;
  client: Client;
  options: DrainOptions;
  route: string;
}): Promise<void> {
  const { cli, printer, client, options, route } = task;
  const until = cli.now() + options.timeout;
  const who = userName();
  const closed = new Map<string, Closed>();
  let open = 0;
  for (let waitMs = LOOK_MS_FIRST; ; waitMs = Math.min(LOOK_MS_MAX, waitMs * 2)) {
    const { partitions } = await askFlush(client, {
      route,
      minEvents: 1,
      flushId: `drain-${randomUUID()}`,
      ...(options.note !== undefined && { note: options.note }),
      ...(who !== undefined && { who }),
    });
    const fresh = partitions.filter(isClosed).filter(({ batch }) => !closed.has(batch.id));
    for (const each of fresh) closed.set(each.batch.id, each);
    if (!printer.json && fresh.length > 0) printer.rows(fresh, COLUMNS);
    open = await openWindows(client, route);
    if (open === 0 || cli.now() >= until) break;
    printer.talk(`${counted(open, 'window')} of ${route} ${open === 1 ? 'is' : 'are'} open still.`);
    await new Promise((resolve) => setTimeout(resolve, Math.min(waitMs, Math.max(0, until - cli.now()))));
  }
  if (printer.json) {
    const batches = [...closed.values()].map(({ partition, count, batch }) => ({
      ...batch,
      partition,
      count,
    }));
    printer.document({ schemaVersion: 1, route, drained: open === 0, open, batches });
  }
  if (open === 0) return printer.talk(`No window of ${route} is open.`);
  printer.talk(`Files keep coming to ${route}: stop their source, then drain it again.`);
  cli.setExitCode(EXIT.declined);
}

/** Read from the log: `total` counts by items that may lag behind it. */
async function openWindows(client: Client, route: string): Promise<number> {
  const { windows, total } = await askWindows(client, { route, limit: 1 });
  return windows.length === 0 ? 0 : total;
}

function isClosed(partition: Flushed): partition is Closed {
  return partition.batch !== undefined;
}

const COLUMNS = [
  { title: 'BATCH', value: ({ batch }: Closed) => batch.id, rank: 0 },
  { title: 'PARTITION', value: ({ partition }: Closed) => partition, rank: 1, shrinkTo: 8 },
  { title: 'EVENTS', value: ({ count }: Closed) => String(count), rank: 0 },
  { title: 'OUTCOME', value: ({ outcome }: Closed) => outcome, rank: 2 },
];
