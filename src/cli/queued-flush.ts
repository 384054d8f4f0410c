import type { BatchRow } from '../api/schemas.ts';
import type { Client } from './client/client.ts';
import { askBatches, askFlushStatus, type FlushDone } from './client/endpoints.ts';
import { everyPage } from './client/pages.ts';
import { isPassing } from './passing.ts';
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

/**
 * Follows a flush in the background until every partition was seen to, `until` has come, or nothing has moved for a
 * minute. A server that goes away meanwhile is waited for: the flush goes on without us.
 * @param view.until ms
 */
export async function followQueued(
  client: Client,
  printer: Printer,
  { flush, partitions }: FlushDone,
  { now, until }: { now: () => number; until: number },
): Promise<QueuedFlush> {
  const total = partitions.length;
  printer.talk(
    `Flush ${flush.id} covers ${total} partitions and goes on in the background, also without this command.`,
  );
  let done = -1;
  let movedAt = now();
  let pins: Pins = [];
  for (;;) {
    pins = await unlessAway(() => pinsOf(client, flush.id), pins);
    if (pins.length > done) {
      done = pins.length;
      movedAt = now();
      printer.talk(`${done} of ${total} partitions seen to.`);
    }
    const empty = pins.filter(({ skipped }) => skipped === 'empty').length;
    const belowMinimum = pins.filter(({ skipped }) => skipped === 'below-minimum').length;
    const meant = done - empty - belowMinimum;
    const stands = { partitions: total, done, empty, belowMinimum };
    const isOver = now() - movedAt > STILL_MS_MAX || now() >= until;
    if (done >= total || isOver) {
      const batches = await unlessAway(() => batchesOf(client, flush), []);
      // A batch shows up when its execution has started, a moment after its window was closed.
      if (isOver || batches.length >= meant) return { ...stands, batches };
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

type Pins = Awaited<ReturnType<typeof askFlushStatus>>['partitions'];

async function pinsOf(client: Client, flushId: string): Promise<Pins> {
  return (await askFlushStatus(client, flushId)).partitions;
}

/** @returns `meanwhile` where the server cannot be asked for now */
async function unlessAway<Answer>(ask: () => Promise<Answer>, meanwhile: Answer): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (isPassing(error)) return meanwhile;
    throw error;
  }
}

/** None of its batches was closed before this instant (ISO 8601). */
export function sinceOf({ askedAt }: FlushDone['flush']): string {
  return new Date(Date.parse(askedAt) - SKEW_MS).toISOString();
}

async function batchesOf(client: Client, flush: FlushDone['flush']): Promise<BatchRow[]> {
  const filter = {
    since: sinceOf(flush),
    reason: flush.reason,
    limit: 200,
    ...(flush.route && { route: flush.route }),
  };
  const { rows } = await everyPage(
    (cursor) => askBatches(client, { ...filter, ...(cursor && { cursor }) }),
    ({ batches }) => batches,
  );
  return rows.filter(({ by }) => by?.flushId === flush.id);
}
