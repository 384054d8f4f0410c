import { expect, test } from 'vitest';
import { createClient } from '../../src/cli/client/client.ts';
import { followByLooking } from '../../src/cli/polling.ts';

const START = Date.parse('2026-11-02T08:00:00Z');
const MINUTE_MS = 60_000;
const iso = (at: number) => new Date(at).toISOString();

const place = { route: 'sales', partition: '', seq: 1, count: 5, bytes: 1, openedAt: iso(START) };
const window = {
  ...place,
  limits: { count: 5, windowMs: 3_600_000 },
  lastEventAt: iso(START),
  deadline: iso(START + 3_600_000),
  timeDeadline: iso(START + 3_600_000),
  msLeft: 1,
  policyVersion: 'v',
  nextTicks: [],
  lastBatch: null,
};
const batch = {
  ...place,
  id: 'sales-1',
  reason: 'count',
  status: 'running',
  deadline: iso(START),
  closedAt: iso(START + MINUTE_MS + 1_000),
  latenessMs: 0,
  policyVersion: 'v',
  redrives: 0,
};

test('a batch that shows up minutes after its window closed is heard, once', async () => {
  let looks = 0;
  // Every look is a minute after the one before; the batch is listed from the sixth on, as after a repair.
  const fetching: typeof fetch = async (target) => {
    const url = new URL(String(target));
    if (url.pathname === '/v1/windows') looks += 1;
    // Ends a loop that would go on for ever.
    if (looks > 30) return new Response('nothing was heard', { status: 404 });
    const now = iso(START + looks * MINUTE_MS);
    const list = { schemaVersion: 1, nextCursor: null };
    if (url.pathname === '/v1/windows') {
      const windows = looks === 1 ? [window] : [];
      return Response.json({ ...list, now, total: windows.length, windows });
    }
    if (url.pathname !== '/v1/batches')
      return Response.json({ schemaVersion: 1, batch, firstFile: null, lastFile: null });
    const since = url.searchParams.get('since');
    const listed = looks >= 6 && (since === null || since <= batch.closedAt);
    return Response.json({ ...list, batches: listed ? [batch] : [] });
  };
  const client = createClient({ url: 'http://x', authorize: async () => ({}), fetch: fetching });
  const heard: string[] = [];
  const ended = followByLooking({
    client,
    everyMs: 1,
    talk: () => {},
    onMessage: async ({ kind }) => {
      heard.push(kind);
      if (kind === 'execution-started') throw new Error('heard enough');
    },
  });
  await expect(ended).rejects.toThrow('heard enough');
  expect(heard).toEqual(['batch-closed', 'execution-started']);
});
