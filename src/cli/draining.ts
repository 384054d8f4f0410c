import { randomUUID } from 'node:crypto';
import type { Cli } from './cli.ts';
import type { Client } from './client/client.ts';
import { askFlush, askWindows, type FlushDone } from './client/endpoints.ts';
import type { DrainOptions } from './commands/drain.ts';
import { EXIT } from './exit-codes.ts';
import { userName } from './flushing.ts';
import type { Printer } from './printer.ts';
import { followQueued } from './queued-flush.ts';
import { counted } from './text/time.ts';

type Flushed = FlushDone['partitions'][number];
/** A batch that the draining closed, or found closed. */
type Closed = NonNullable<Flushed['batch']> & Pick<Flushed, 'partition' | 'count'>;

interface DrainTask {
  cli: Cli;
  printer: Printer;
  client: Client;
  options: DrainOptions;
  route: string;
}

const LOOK_MS_FIRST = 500;
const LOOK_MS_MAX = 15_000;

/**
 * Flushes a route again and again until a look finds no window of it open, or the timeout has passed. Every round is a
 * flush of its own, because one flush closes only what was open when it was asked for: where files keep coming, the
 * rounds come further and further apart, so that they do not make a batch of every file.
 */
export async function drainRoute(task: DrainTask): Promise<void> {
  const { cli, printer, client, options, route } = task;
  const until = cli.now() + options.timeout;
  const who = userName();
  const closed = new Map<string, Closed>();
  let open = 0;
  for (let waitMs = LOOK_MS_FIRST; ; waitMs = Math.min(LOOK_MS_MAX, waitMs * 2)) {
    const done = await askFlush(client, {
      route,
      minEvents: 1,
      flushId: `drain-${randomUUID()}`,
      ...(options.note !== undefined && { note: options.note }),
      ...(who !== undefined && { who }),
    });
    const fresh = (await closedBy(task, done, until)).filter(({ id }) => !closed.has(id));
    for (const each of fresh) closed.set(each.id, each);
    if (!printer.json && fresh.length > 0) printer.rows(fresh, COLUMNS);
    open = await openWindows(client, route);
    if (open === 0 || cli.now() >= until) break;
    printer.talk(`${counted(open, 'window')} of ${route} ${open === 1 ? 'is' : 'are'} open still.`);
    await new Promise((resolve) => setTimeout(resolve, Math.min(waitMs, Math.max(0, until - cli.now()))));
  }
  if (printer.json) {
    const batches = [...closed.values()];
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

/** The batches of one round. A flush over many partitions goes on in the background, and is waited for. */
async function closedBy(
  { cli, printer, client }: DrainTask,
  done: FlushDone,
  until: number,
): Promise<Closed[]> {
  if (!done.partitions.some(({ outcome }) => outcome === 'queued')) {
    return done.partitions.flatMap(({ partition, count, batch }) =>
      batch ? [{ ...batch, partition, count }] : [],
    );
  }
  const { batches } = await followQueued(client, printer, done, { now: cli.now, until });
  return batches.map(({ id, reason, closedAt, partition, count }) => ({
    id,
    reason,
    closedAt,
    partition,
    count,
  }));
}

const COLUMNS = [
  { title: 'BATCH', value: ({ id }: Closed) => id, rank: 0 },
  { title: 'PARTITION', value: ({ partition }: Closed) => partition, rank: 1, shrinkTo: 8 },
  { title: 'EVENTS', value: ({ count }: Closed) => String(count), rank: 0 },
  { title: 'REASON', value: ({ reason }: Closed) => reason, rank: 2 },
];
