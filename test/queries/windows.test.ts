import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CursorInvalidError } from '../../src/queries/cursor.ts';
import { windows } from '../../src/queries/windows.ts';
import { event, events, HOUR, MINUTE, START, type TestHome, testHome } from './home.ts';

let home: TestHome;
beforeEach(async () => {
  home = await testHome();
});
afterEach(() => home.remove());

const first = { sort: 'deadline', limit: 50 } as const;

describe('open windows', () => {
  test('show count, limits, deadline, next ticks and the last batch, read from the log', async () => {
    await home.service.append(events('chapter10/', 137, START));
    home.time.now += 5 * MINUTE;
    const { windows: found, total } = await windows(home.sources, { ...first, route: 'sales' });
    expect(total).toBe(1);
    expect(found).toMatchObject([
      {
        route: 'sales',
        partition: '',
        seq: 2,
        window: { count: 37, bytes: 370, openedAt: START },
        due: { at: START + HOUR, reason: 'time' },
        lastBatch: { seq: 1, reason: 'count', count: 100, status: 'running' },
      },
    ]);
    expect(found[0]?.nextTicks.map(({ local }) => local)).toEqual([
      '2026-01-05 09:30:00 +01:00',
      '2026-01-05 10:00:00 +01:00',
      '2026-01-05 10:30:00 +01:00',
    ]);
  });

  test('are right though the partition item lags behind the log', async () => {
    await home.service.append(events('partners/acme/', 2, START));
    const stale = await home.ports.projections.partition({ route: 'partners', partition: 'acme' });
    await home.service.append(events('partners/acme/', 2, START + MINUTE));
    const sources = {
      ...home.sources,
      ports: {
        ...home.ports,
        projections: {
          ...home.ports.projections,
          partitions: async () => ({ items: [stale!], more: false }),
        },
      },
    };
    const { windows: found } = await windows(sources, { ...first, route: 'partners' });
    expect(found).toMatchObject([{ seq: 2, window: { count: 1 }, lastBatch: { seq: 1, count: 3 } }]);
  });

  test('leave no hole on a page for a window that closed since its item was written', async () => {
    for (const name of ['a', 'b', 'c']) await home.service.append([event(`partners/${name}/1.csv`, START)]);
    const stale = await home.ports.projections.partitions('partners', { limit: 10 });
    await home.service.flush({
      id: 'f',
      reason: 'manual',
      who: 't',
      scope: { route: 'partners', partition: 'a' },
      minEvents: 1,
    });
    const sources = {
      ...home.sources,
      ports: { ...home.ports, projections: { ...home.ports.projections, partitions: async () => stale } },
    };
    const { windows: found } = await windows(sources, { sort: 'deadline', limit: 2, route: 'partners' });
    expect(found.map(({ partition }) => partition)).toEqual(['b', 'c']);
  });

  test('come sorted by deadline, by fill or by age, a page at a time, each exactly once', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `p${String((index * 7) % 25).padStart(2, '0')}`);
    for (const [index, name] of names.entries()) {
      home.time.now = START + (index % 5) * MINUTE;
      await home.service.append(events(`partners/${name}/`, 1 + (index % 2), home.time.now));
    }
    for (const sort of ['deadline', 'fill', 'age'] as const) {
      const seen = [];
      let cursor: string | undefined;
      do {
        const page = await windows(home.sources, { sort, limit: 4, cursor });
        expect(page.total).toBe(25);
        seen.push(...page.windows);
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(new Set(seen.map(({ partition }) => partition)).size).toBe(25);
      expect(seen).toHaveLength(25);
      const ranks = seen.map(({ due, window }) =>
        sort === 'deadline' ? due.at : sort === 'age' ? window.openedAt : -window.count,
      );
      expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    }
  });

  test('are found by any part of route or partition, in any case, unicode too', async () => {
    for (const name of ['Acme', 'ACME-west', 'zürich', '🦊 den', 'a.b']) {
      await home.service.append([event(`partners/${name}/1.csv`, START)]);
    }
    const search = async (text: string) =>
      (await windows(home.sources, { ...first, search: text })).windows
        .map(({ partition }) => partition)
        .sort();
    expect(await search('acme')).toEqual(['ACME-west', 'Acme']);
    expect(await search('ZÜR')).toEqual(['zürich']);
    expect(await search('🦊')).toEqual(['🦊 den']);
    expect(await search('PARTNER')).toHaveLength(5);
    // A text, not a pattern.
    expect(await search('a.b')).toEqual(['a.b']);
    expect(await search('.*')).toEqual([]);
  });

  test('refuse a cursor of another list', async () => {
    for (const cursor of [
      'x',
      '',
      'bnVsbA',
      Buffer.from('[1]').toString('base64url'),
      Buffer.from('[1,2,3]').toString('base64url'),
    ])
      await expect(windows(home.sources, { ...first, cursor })).rejects.toThrow(CursorInvalidError);
  });

  test('of one partition come from its log alone', async () => {
    await home.service.append([event('partners/acme/1.csv', START)]);
    const noList = { ...home.ports.projections, partitions: () => Promise.reject(new Error('listed')) };
    const sources = { ...home.sources, ports: { ...home.ports, projections: noList } };
    const asked = { ...first, route: 'partners', partition: 'acme' };
    expect((await windows(sources, asked)).windows).toHaveLength(1);
    expect((await windows(sources, { ...asked, partition: 'nobody' })).windows).toEqual([]);
    await expect(windows(sources, { ...first, route: 'partners' })).rejects.toThrow('listed');
  });
});
