import { expect, test } from 'vitest';
import type { BatchRow } from '../../src/api/schemas.ts';
import { createClient } from '../../src/cli/client/client.ts';
import { waitForBatches } from '../../src/cli/wait.ts';

const AT = '2026-11-02T08:00:00.000Z';
const IDS = Array.from({ length: 300 }, (_, index) => `b-${index}`);

function row(id: string, status: BatchRow['status']): BatchRow {
  const times = { openedAt: AT, deadline: AT, closedAt: AT };
  const counts = { seq: 1, count: 1, bytes: 1, latenessMs: 0, redrives: 0 };
  const about = { route: 'partners', partition: id, reason: 'manual' as const, policyVersion: 'v' };
  return { id, status, ...about, ...counts, ...times };
}

/** An API whose batches end at the second look; requests 3 and 4 may meet nobody. */
function api({ away = false } = {}) {
  const asked: string[] = [];
  let looks = 0;
  const fetching: typeof fetch = async (target) => {
    const url = new URL(String(target));
    asked.push(url.pathname);
    if (away && [3, 4].includes(asked.length)) throw new TypeError('fetch failed');
    const cursor = Number(url.searchParams.get('cursor') ?? 0);
    if (cursor === 0) looks += 1;
    const status = looks < 2 ? 'running' : 'succeeded';
    const batches = IDS.slice(cursor, cursor + 200).map((id) => row(id, status));
    const next = cursor + 200 < IDS.length ? String(cursor + 200) : null;
    return Response.json({ schemaVersion: 1, batches, nextCursor: next });
  };
  return { asked, client: createClient({ url: 'http://x', authorize: async () => ({}), fetch: fetching }) };
}

const settings = { ids: IDS, since: AT, timeoutMs: 30_000, now: Date.now, onLook: () => {} };

test('hundreds of batches are waited for by pages of the list, not one by one', async () => {
  const { client, asked } = api();
  const { batches, timedOut } = await waitForBatches({ client, ...settings, talk: () => {} });
  expect({ ended: batches.length, timedOut }).toEqual({ ended: 300, timedOut: false });
  expect(asked).toEqual(Array.from({ length: 4 }, () => '/v1/batches'));
});

test('a server that goes away meanwhile is waited for, and that is said once', async () => {
  const talk: string[] = [];
  const { client } = api({ away: true });
  const { timedOut } = await waitForBatches({ client, ...settings, talk: (text) => talk.push(text) });
  expect(timedOut).toBe(false);
  expect(talk).toHaveLength(1);
  expect(talk[0]).toMatch(/Asking again\.$/);
});
