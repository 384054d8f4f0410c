import type { BatchRow } from '../api/schemas.ts';
import type { Client } from './client/client.ts';
import { askBatches, askFlushStatus, type FlushDone } from './client/endpoints.ts';
import { everyPage } from './client/pages.ts';
import type { Printer } from './printer.ts';

/** How often a flush in the background is looked at, and how long nothing may move before we stop (ms). */
const LOOK_EVERY_MS = 500;
const STILL_MS_MAX = 60_000;
/** Clocks of committers may be behind that of the server that was asked. */
const SKEW_MS = 120_000;

/** A flush over so many partitions that it goes on in the commands queue. */
export interface QueuedFlush {
  /** Partitions that it covers. */
  partitions: number;
  /** Those of them seen to so far. */
  done: number;
  empty: number;
  belowMinimum: number;
  batches: BatchRow[];
}

/** Follows a flush in the background until every partition was seen to, or nothing has moved for a minute. */
export async function followQueued(
  client: Client,
  printer: Printer,
  { flush, partitions }: FlushDone,
  now: () => number,
): Promise<QueuedFlush> {
  const total = partitions.length;
  let done = -1;
  let movedAt = now();
  for (;;) {
    const { partitions: pins } = await askFlushStatus(client, flush.id);
    if (pins.length > done) {
      done = pins.length;
      movedAt = now();
      printer.talk(`${done} of ${total} partitions seen to.`);
    }
    const empty = pins.filter(({ skipped }) => skipped === 'empty').length;
    const belowMinimum = pins.filter(({ skipped }) => skipped === 'below-minimum').length;
    const meant = done - empty - belowMinimum;
    const stands = { partitions: total, done, empty, belowMinimum };
    const isOver = now() - movedAt > STILL_MS_MAX;
    if (done >= total || isOver) {
      const batches = await batchesOf(client, flush);
      // A batch shows up when its execution has started, a moment after its window was closed.
      if (isOver || batches.length >= meant) return { ...stands, batches };
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

async function batchesOf(client: Client, flush: FlushDone['flush']): Promise<BatchRow[]> {
  const since = new Date(Date.parse(flush.askedAt) - SKEW_MS).toISOString();
  const filter = { since, reason: flush.reason, limit: 200, ...(flush.route && { route: flush.route }) };
  const { rows } = await everyPage(
    (cursor) => askBatches(client, { ...filter, ...(cursor && { cursor }) }),
    ({ batches }) => batches,
  );
  return rows.filter(({ by }) => by?.flushId === flush.id);
}
