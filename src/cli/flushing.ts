import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { FlushBodyInput } from '../api/request-schemas.ts';
import type { Cli } from './cli.ts';
import type { Client } from './client/client.ts';
import { askFlush, type FlushDone, type FlushPreview, previewFlush } from './client/endpoints.ts';
import type { FlushOptions } from './commands/flush.ts';
import { isTold } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import type { Printer } from './printer.ts';
import { batchProgress } from './progress.ts';
import { followQueued, type QueuedFlush, sinceOf } from './queued-flush.ts';
import type { Column } from './text/table.ts';
import { bytesText, counted, instantText } from './text/time.ts';
import { batchColumns } from './views/batches.ts';
import { hasFailed } from './views/status.ts';
import { waitForBatches } from './wait.ts';

interface FlushTask {
  cli: Cli;
  printer: Printer;
  client: Client;
  options: FlushOptions;
  body: FlushBodyInput;
}

const OUTCOME_UNKNOWN = ['answer-late', 'answer-unknown'];

/** Shows what a flush would close. Changes nothing. */
export async function showPreview({ cli, printer, client, body }: FlushTask): Promise<void> {
  const preview = await previewFlush(client, body);
  if (printer.json) return printer.document(preview);
  if (preview.windows.length === 0) return printer.talk('Nothing to flush: no window is open.');
  printer.rows(preview.windows, previewColumns(cli.now()));
  printer.talk(`Would close ${counted(preview.batches, 'window')} with ${counted(preview.events, 'event')}.`);
}

/**
 * Asks for a flush, prints the batches, and waits for them where that was asked for. The flush's id is made here,
 * not by the server, so that an answer that was lost can be asked for again without closing a second window.
 */
export async function flushNow({ cli, printer, client, options, body }: FlushTask): Promise<void> {
  const flushId = options.flushId ?? randomUUID();
  const who = body.who ?? userName();
  const request = { ...body, flushId, ...(who === undefined ? {} : { who }) };
  const until = options.wait === true ? cli.now() + options.timeout : Number.POSITIVE_INFINITY;
  const done = await askFlush(client, request).catch((error: unknown) => {
    if (isTold(error) && OUTCOME_UNKNOWN.includes(error.code)) {
      printer.talk(
        `It may have been done. Repeating it with --flush-id ${flushId} cannot close a second window.`,
      );
    }
    throw error;
  });
  const queued = done.partitions.some(({ outcome }) => outcome === 'queued')
    ? await followQueued(client, printer, done, { now: cli.now, until })
    : undefined;
  if (queued !== undefined && queued.done < queued.partitions) cli.setExitCode(EXIT.declined);
  if (options.wait !== true)
    return queued ? printQueued(printer, done, queued, cli.now()) : printDone(printer, done);
  const ids = (queued?.batches ?? done.partitions.flatMap(({ batch }) => batch ?? [])).map(({ id }) => id);
  if (ids.length === 0 && !printer.json) return printDone(printer, done);
  const waited = await waitForBatches({
    client,
    ids,
    since: sinceOf(done.flush),
    timeoutMs: Math.max(0, until - cli.now()),
    now: cli.now,
    onLook: batchProgress(printer, cli.now),
    talk: (text) => printer.talk(text),
  });
  if (printer.json) printer.document({ ...done, ...(queued && { queued }), waited });
  if (waited.timedOut) cli.setExitCode(EXIT.declined);
  else if (waited.batches.some(({ status }) => hasFailed(status))) cli.setExitCode(EXIT.batchFailed);
  if (waited.timedOut) printer.talk('The timeout has passed before every batch had ended. They go on.');
}

function printDone(printer: Printer, done: FlushDone): void {
  if (printer.json) {
    printer.document(done);
    return;
  }
  const closed = done.partitions.filter(({ batch }) => batch !== undefined);
  const open = done.partitions.filter(({ outcome }) => outcome === 'below-minimum');
  if (closed.length > 0) printer.rows(closed, DONE_COLUMNS);
  if (open.length > 0) {
    printer.talk(
      `${counted(open.length, 'window')} with fewer than ${done.flush.minEvents} events left open.`,
    );
  }
  if (closed.length === 0 && open.length === 0) printer.talk('Nothing to flush: no window is open.');
}

function printQueued(printer: Printer, done: FlushDone, queued: QueuedFlush, now: number): void {
  if (printer.json) {
    printer.document({ ...done, queued });
    return;
  }
  printer.rows(queued.batches, batchColumns(now));
  const { batches, empty, belowMinimum, partitions } = queued;
  const left = partitions - queued.done;
  printer.talk(
    `${counted(batches.length, 'window')} closed, ${empty} empty, ${belowMinimum} with fewer than ` +
      `${done.flush.minEvents} events${left > 0 ? `; ${left} still to be seen to` : ''}.`,
  );
}

const DONE_COLUMNS: Column<FlushDone['partitions'][number]>[] = [
  { title: 'BATCH', value: (row) => row.batch?.id ?? '', rank: 0, style: () => 'bold' },
  { title: 'ROUTE', value: (row) => row.route, rank: 4, shrinkTo: 8 },
  { title: 'PARTITION', value: (row) => row.partition, rank: 2, shrinkTo: 8, cut: 'middle' },
  { title: 'EVENTS', value: (row) => String(row.count), align: 'right', rank: 1 },
  { title: 'OUTCOME', value: (row) => row.outcome, rank: 3 },
];

function previewColumns(now: number): Column<FlushPreview['windows'][number]>[] {
  return [
    { title: 'ROUTE', value: (row) => row.route, rank: 0, shrinkTo: 8, style: () => 'bold' },
    { title: 'PARTITION', value: (row) => row.partition, rank: 2, shrinkTo: 8, cut: 'middle' },
    { title: 'EVENTS', value: (row) => String(row.count), align: 'right', rank: 0 },
    {
      title: 'BYTES',
      value: (row) => String(row.bytes),
      show: (row) => bytesText(row.bytes),
      align: 'right',
      rank: 4,
    },
    { title: 'OPENED', value: (row) => row.openedAt, show: (row) => instantText(row.openedAt, now), rank: 3 },
    {
      title: 'WOULD CLOSE',
      value: (row) => (row.wouldClose ? 'yes' : 'no'),
      style: (row) => (row.wouldClose ? 'green' : 'dim'),
      rank: 1,
    },
  ];
}

/** Undefined where the system knows no name for the user. */
export function userName(): string | undefined {
  try {
    return userInfo().username || undefined;
  } catch {
    return undefined;
  }
}
