import type { BatchRow } from '../api/schemas.ts';
import type { Client } from './client/client.ts';
import { askBatch, askBatches } from './client/endpoints.ts';
import { everyPage } from './client/pages.ts';
import { isPassing } from './passing.ts';
import { hasEnded } from './views/status.ts';

/** How the batches that were waited for stood in the end. */
export interface Waited {
  /** In the order asked for; one that no look has found yet is left out. */
  batches: BatchRow[];
  timedOut: boolean;
}

const LOOK_EVERY_MS = 500;
/** So many batches are asked for one by one, more by pages of the list: an API takes so many requests a second. */
const ASKED_AT_ONCE_MAX = 8;
const PAGE = 200;

/**
 * Waits until every batch has ended, or `timeoutMs` has passed. A server that goes away meanwhile is waited for.
 * @param options.since an instant (ISO 8601) before which none of them was closed
 * @param options.onLook is told how they stand after every look
 * @param options.talk is told of trouble
 */
export async function waitForBatches(options: {
  client: Client;
  ids: readonly string[];
  since?: string;
  timeoutMs: number;
  now: () => number;
  onLook: (batches: BatchRow[]) => void;
  talk: (text: string) => void;
}): Promise<Waited> {
  const { client, ids, since, timeoutMs, now, onLook, talk } = options;
  const until = now() + timeoutMs;
  const known = new Map<string, BatchRow>();
  let looked = false;
  let away = false;
  while (true) {
    const open = ids.filter((id) => !isSettled(known.get(id)));
    try {
      for (const row of await rowsOf(client, open, since)) known.set(row.id, row);
      looked = true;
      away = false;
    } catch (error) {
      if (!looked || !isPassing(error)) throw error;
      if (!away) talk(`${error.message} Asking again.`);
      away = true;
    }
    const batches = ids.flatMap((id) => known.get(id) ?? []);
    onLook(batches);
    if (ids.every((id) => isSettled(known.get(id)))) return { batches, timedOut: false };
    const left = until - now();
    if (left <= 0) return { batches, timedOut: true };
    await new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_EVERY_MS, left)));
  }
}

function isSettled(row: BatchRow | undefined): boolean {
  return row !== undefined && hasEnded(row.status);
}

async function rowsOf(client: Client, ids: readonly string[], since?: string): Promise<BatchRow[]> {
  const listed =
    since === undefined || ids.length <= ASKED_AT_ONCE_MAX ? [] : await listedSince(client, ids, since);
  const rest = ids.filter((id) => !listed.some((row) => row.id === id));
  // Those that are not listed yet take turns with the others: some now, the rest at the next look.
  const some = since === undefined ? rest : rest.slice(0, ASKED_AT_ONCE_MAX);
  const rows = [...listed];
  for (let start = 0; start < some.length; start += ASKED_AT_ONCE_MAX) {
    const asked = some.slice(start, start + ASKED_AT_ONCE_MAX);
    const answers = await Promise.all(asked.map((id) => askBatch(client, id)));
    rows.push(...answers.map(({ batch }) => batch));
  }
  return rows;
}

async function listedSince(client: Client, ids: readonly string[], since: string): Promise<BatchRow[]> {
  const wanted = new Set(ids);
  const { rows } = await everyPage(
    (cursor) => askBatches(client, { since, limit: PAGE, ...(cursor !== undefined && { cursor }) }),
    ({ batches }) => batches,
  );
  return rows.filter(({ id }) => wanted.has(id));
}
