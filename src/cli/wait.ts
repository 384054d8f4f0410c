import type { BatchRow } from '../api/schemas.ts';
import type { Client } from './client/client.ts';
import { hasEnded } from './views/status.ts';

/** How the batches that were waited for stood in the end. */
export interface Waited {
  /** In the order asked for. */
  batches: BatchRow[];
  timedOut: boolean;
}

const LOOK_EVERY_MS = 500;
const ASKED_AT_ONCE_MAX = 8;

/**
 * Waits until every batch has ended, or `timeoutMs` has passed.
 * @param onLook is told how they stand after every look
 */
export async function waitForBatches(options: {
  client: Client;
  ids: readonly string[];
  timeoutMs: number;
  now: () => number;
  onLook: (batches: BatchRow[]) => void;
}): Promise<Waited> {
  const { client, ids, timeoutMs, now, onLook } = options;
  const until = now() + timeoutMs;
  const known = new Map<string, BatchRow>();
  while (true) {
    const open = ids.filter((id) => !isSettled(known.get(id)));
    for (const row of await rowsOf(client, open)) known.set(row.id, row);
    const batches = ids.flatMap((id) => known.get(id) ?? []);
    onLook(batches);
    if (batches.every(isSettled)) return { batches, timedOut: false };
    const left = until - now();
    if (left <= 0) return { batches, timedOut: true };
    await new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_EVERY_MS, left)));
  }
}

function isSettled(row: BatchRow | undefined): boolean {
  return row !== undefined && hasEnded(row.status);
}

async function rowsOf(client: Client, ids: readonly string[]): Promise<BatchRow[]> {
  const { askBatch } = await import('./client/endpoints.ts');
  const rows: BatchRow[] = [];
  for (let start = 0; start < ids.length; start += ASKED_AT_ONCE_MAX) {
    const some = ids.slice(start, start + ASKED_AT_ONCE_MAX);
    const answers = await Promise.all(some.map((id) => askBatch(client, id)));
    rows.push(...answers.map(({ batch }) => batch));
  }
  return rows;
}
