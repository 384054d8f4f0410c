import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { BatchesAnswer } from '../../src/cli/client/endpoints.ts';
import type { RunningServer } from './running.ts';

/** A batch as the API lists it. */
export interface ListedBatch {
  id: string;
  route: string;
  partition: string;
  seq: number;
  count: number;
  deadline: string;
  closedAt: number;
  startedAt: number;
  endedAt: number | null;
  latenessMs: number;
}

/** Asks a server over one connection that stays open, as a page or a script does. */
export interface Asking {
  get<Answer>(path: string): Promise<Answer>;
  post<Answer>(path: string, body: unknown): Promise<Answer>;
  close(): void;
}

export function askingOf({ url, token }: Pick<RunningServer, 'url' | 'token'>): Asking {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  function ask<Answer>(method: string, path: string, body?: string): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const headers =
      body === undefined ? {} : { 'content-type': 'application/json', 'x-spillway-token': token };
    const asked = request(url + path, { method, agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        if ((response.statusCode ?? 500) >= 400)
          reject(new Error(`${method} ${path}: ${text.slice(0, 500)}`));
        else resolve(JSON.parse(text) as Answer);
      });
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end(body);
    return promise;
  }
  return {
    get: (path) => ask('GET', path),
    post: (path, body) => ask('POST', path, JSON.stringify(body)),
    close: () => agent.destroy(),
  };
}

/** Every batch of a route that has been started, times in ms. */
export async function batchesOf(asking: Asking, route: string): Promise<ListedBatch[]> {
  const listed: ListedBatch[] = [];
  let cursor: string | null = null;
  do {
    const after: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: BatchesAnswer = await asking.get(`/v1/batches?route=${route}&limit=200${after}`);
    listed.push(...page.batches.map(batchOf));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return listed;
}

function batchOf(batch: BatchesAnswer['batches'][number]): ListedBatch {
  const { closedAt, startedAt, endedAt } = batch;
  return {
    ...batch,
    closedAt: Date.parse(closedAt),
    startedAt: Date.parse(startedAt ?? ''),
    endedAt: endedAt === undefined ? null : Date.parse(endedAt),
  };
}

/** Resolves with the first value that is enough. */
export async function until<Value>(
  ask: () => Promise<Value>,
  enough: (value: Value) => boolean,
  { everyMs = 100, withinMs = 120_000 } = {},
): Promise<Value> {
  const end = performance.now() + withinMs;
  for (;;) {
    const value = await ask();
    if (enough(value)) return value;
    if (performance.now() > end) throw new Error(`Not seen within ${withinMs} ms: ${String(enough)}`);
    await pause(everyMs);
  }
}
