import type { BatchRow, OpenWindowRow } from '../api/schemas.ts';
import type { StreamMessage } from '../api/stream-schemas.ts';
import type { Client } from './client/client.ts';
import { askBatch, askBatches, askWindows } from './client/endpoints.ts';
import { everyPage } from './client/pages.ts';
import { isPassing } from './passing.ts';
import { hasEnded, hasFailed } from './views/status.ts';

/** An open window as it was seen, where there is no stream that tells of commits. */
export interface WindowSeen {
  schemaVersion: 1;
  kind: 'window-seen';
  id: number;
  at: string;
  route: string;
  partition: string;
  seq: number;
  count: number;
  bytes: number;
  deadline: string;
}

/** What is heard by looking again and again: the stream's messages about batches, and open windows. */
export type Heard = Extract<StreamMessage, { batch: string; closedAt: string }> | WindowSeen;

const LOOK_EVERY_MS = 2_000;
/** A batch's item is written a moment after its commit: looks overlap by this. */
const OVERLAP_MS = 60_000;
/** For so long the batch of a window that is open no more is waited for: reconcile, at the latest, brings it. */
const OWED_MS_MAX = 900_000;
/** Batches that have not ended are asked for one by one; so many in a look, in turn. */
const ASKED_MAX = 8;
const PAGE = 200;

/** Every row this look saw, and the server's clock. */
interface Look {
  now: string;
  windows: OpenWindowRow[];
  batches: BatchRow[];
}

/**
 * Hands on what happens until the process ends, by asking every two seconds: for homes without a live stream. What
 * happens between two looks is told together; of a window that opened and closed in between only the batch is heard.
 * A server that goes away is waited for; one that was never there is an error.
 */
export async function followByLooking(options: {
  client: Client;
  talk: (text: string) => void;
  onMessage: (message: Heard) => Promise<void>;
  /** ms */
  everyMs?: number;
}): Promise<never> {
  const { client, talk, onMessage, everyMs = LOOK_EVERY_MS } = options;
  const memory = rememberer();
  let since: string | undefined;
  let away = false;
  while (true) {
    try {
      const look = await lookAt(client, since, memory.unended(ASKED_MAX));
      const messages = memory.compare(look, since === undefined);
      if (since === undefined) {
        talk(`Looking at ${client.url} every ${everyMs / 1_000} s: it has no live stream. Ctrl-C ends it.`);
      }
      since = overlapping(memory.owedSince() ?? look.now);
      if (away) talk('It answers again.');
      away = false;
      for (const message of messages) await onMessage(message);
    } catch (error) {
      if (since === undefined || !isPassing(error)) throw error;
      if (!away) talk(`${error.message} Asking again.`);
      away = true;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** @param since where the look before began to look; undefined for the first, which also asks for what runs already */
async function lookAt(client: Client, since: string | undefined, unended: readonly string[]): Promise<Look> {
  const { last, rows: windows } = await everyPage(
    (cursor) => askWindows(client, { limit: PAGE, cursor }),
    (page) => page.windows,
  );
  const from = since ?? overlapping(last.now);
  const { rows: fresh } = await everyPage(
    (cursor) => askBatches(client, { since: from, limit: PAGE, cursor }),
    (page) => page.batches,
  );
  const running =
    since === undefined ? (await askBatches(client, { status: 'closed,running', limit: PAGE })).batches : [];
  const asked = unended.filter((id) => !fresh.some((row) => row.id === id));
  const known = await Promise.all(asked.map(async (id) => (await askBatch(client, id)).batch));
  return { now: last.now, windows, batches: [...running, ...fresh, ...known] };
}

function overlapping(now: string): string {
  return new Date(Date.parse(now) - OVERLAP_MS).toISOString();
}

/** Compares looks with those before. */
function rememberer() {
  const batches = new Map<string, BatchRow['status']>();
  /** Windows that are open no more and whose batch has not shown up, with when they were last seen open. */
  const owed = new Map<string, string>();
  let windows = new Map<string, number>();
  let before: string | undefined;
  let number = 0;
  let turn = 0;
  const numbered = (at: string) => {
    number += 1;
    return { schemaVersion: 1 as const, id: number, at };
  };

  /** What has ended and was not listed any more will not be listed again. */
  const forget = (rows: readonly BatchRow[]) => {
    const listed = new Set(rows.map(({ id }) => id));
    for (const [id, status] of batches) if (hasEnded(status) && !listed.has(id)) batches.delete(id);
  };

  return {
    /** Some of the batches that have not ended, others every time. */
    unended(most: number): string[] {
      const open = [...batches].flatMap(([id, status]) => (hasEnded(status) ? [] : [id]));
      const start = open.length === 0 ? 0 : turn % open.length;
      turn += most;
      return [...open.slice(start), ...open.slice(0, start)].slice(0, most);
    },
    /** No window whose batch is still to come closed before this (ISO 8601). */
    owedSince: (): string | undefined => [...owed.values()].sort()[0],
    /** @param first whether all that is seen was there before, and so is no news */
    compare({ now, windows: seen, batches: rows }: Look, first: boolean): Heard[] {
      const heard: Heard[] = [];
      for (const row of rows.toSorted((a, b) => (a.closedAt < b.closedAt ? -1 : 1))) {
        const known = batches.get(row.id);
        batches.set(row.id, row.status);
        for (const kind of newsOf(known, row.status))
          heard.push({ ...numbered(now), kind, ...announced(row) });
      }
      const counts = new Map(seen.map((window) => [nameOf(window), window.count]));
      for (const window of seen) {
        if (first || windows.get(nameOf(window)) === window.count) continue;
        const { route, partition, seq, count, bytes, deadline } = window;
        heard.push({ ...numbered(now), kind: 'window-seen', route, partition, seq, count, bytes, deadline });
      }
      for (const name of windows.keys())
        if (!counts.has(name) && !owed.has(name)) owed.set(name, before ?? now);
      for (const row of rows) owed.delete(nameOf(row));
      for (const [name, at] of owed) if (Date.parse(now) - Date.parse(at) > OWED_MS_MAX) owed.delete(name);
      windows = counts;
      before = now;
      forget(rows);
      return heard;
    },
  };
}

type News = Exclude<Heard['kind'], 'window-seen'>;

/** What happened between two looks at a batch, in its order. */
function newsOf(before: BatchRow['status'] | undefined, after: BatchRow['status']): News[] {
  if (before === after) return [];
  const news: News[] = [];
  if (before === undefined) news.push('batch-closed');
  if (before === undefined || before === 'closed') {
    if (after !== 'closed') news.push('execution-started');
  }
  if (hasEnded(after)) news.push(hasFailed(after) ? 'execution-failed' : 'execution-succeeded');
  return news;
}

function announced(row: BatchRow) {
  const { id, route, partition, seq, reason, count, bytes, openedAt, closedAt, latenessMs } = row;
  const { execution, error, cause } = row;
  return {
    ...{ batch: id, route, partition, seq, reason, count, bytes, openedAt, closedAt, latenessMs },
    ...(execution !== undefined && { execution }),
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause }),
  };
}

function nameOf({ route, partition, seq }: Pick<OpenWindowRow, 'route' | 'partition' | 'seq'>): string {
  return JSON.stringify([route, partition, seq]);
}
