import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { closingRecord, firstRecordSince, recordOfEvent } from '../../src/log/search.ts';
import { batch, batchFiles, batchTrace, findBatch, NoSuchBatchError } from '../../src/queries/batch.ts';
import { batches } from '../../src/queries/batches.ts';
import { event, events, HOUR, MINUTE, START, type TestHome, testHome } from './home.ts';

let home: TestHome;
beforeEach(async () => {
  home = await testHome();
});
afterEach(() => home.remove());

const sales = { route: 'sales', partition: '' };

describe('batches', () => {
  async function closeSome() {
    for (let round = 0; round < 7; round += 1) {
      home.time.now = START + round * MINUTE;
      await home.service.append(events('partners/acme/', 3, home.time.now));
      await home.service.append(events('partners/zürich/', 2, home.time.now));
      await home.service.flush({ id: `f${round}`, reason: 'manual', who: 'ann', scope: {}, minEvents: 1 });
    }
    await home.service.append(events('chapter10/', 100, home.time.now));
  }

  test('come newest first over all routes, a page at a time, each exactly once', async () => {
    await closeSome();
    const seen = [];
    let cursor: string | undefined;
    do {
      const page = await batches(home.sources, { limit: 4, cursor });
      seen.push(...page.batches);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toHaveLength(15);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(15);
    const times = seen.map(({ closedAt }) => closedAt);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });

  test('are filtered by route, partition, reason, status and time', async () => {
    await closeSome();
    const count = async (filter: Partial<Parameters<typeof batches>[1]>) =>
      (await batches(home.sources, { limit: 100, ...filter })).batches.length;
    expect(await count({ route: 'sales' })).toBe(1);
    expect(await count({ route: 'nobody' })).toBe(0);
    expect(await count({ partition: 'zürich' })).toBe(7);
    expect(await count({ reasons: ['manual'] })).toBe(7);
    expect(await count({ reasons: ['manual', 'count'] })).toBe(15);
    expect(await count({ statuses: ['failed'] })).toBe(0);
    await home.executions.end(home.executions.running()[0]!, { status: 'failed', error: 'HardError' });
    expect(await count({ statuses: ['failed'] })).toBe(1);
    expect(await count({ since: START + 5 * MINUTE })).toBe(5);
    expect(await count({ until: START + MINUTE })).toBe(2);
    expect(await count({ since: START + MINUTE, until: START + 2 * MINUTE })).toBe(2);
  });
});

describe('one batch', () => {
  test('is found by its id alone, with its files, its flush and its execution', async () => {
    await home.service.append(events('chapter10/', 30, START));
    await home.service.append(events('chapter10/', 7, START));
    home.time.now += MINUTE;
    const request = {
      id: 'f-1',
      reason: 'manual',
      who: 'ann',
      note: 'month end',
      scope: { route: 'sales' },
      minEvents: 1,
    } as const;
    const report = await home.service.flush(request);
    const id = report.partitions[0]?.batch?.id ?? '';
    const found = await batch(home.sources, id);
    expect(found).toMatchObject({
      route: 'sales',
      status: 'running',
      batch: { id, reason: 'manual', count: 37, by: { flushId: 'f-1', who: 'ann' } },
      flush: { note: 'month end' },
      first: { offset: 0, closedTheBatch: false },
      last: { offset: 36, closedTheBatch: false },
    });
  });

  test('says of one event only that it closed the batch', async () => {
    await home.service.append(events('chapter10/', 250, START));
    const { batches: found } = await batches(home.sources, { limit: 10 });
    expect(found).toHaveLength(2);
    for (const { id } of found) {
      const { count, files } = await batchFiles(home.sources, id, { position: 0, limit: 200 });
      expect(count).toBe(100);
      expect(files).toHaveLength(100);
      expect(files.filter(({ closedTheBatch }) => closedTheBatch)).toEqual([files.at(-1)]);
    }
  });

  test('says that no event of its own closed it when the next one would have made it too large', async () => {
    await home.service.append([event('chapter10/a', START, 900_000), event('chapter10/b', START, 900_000)]);
    const [closed] = (await batches(home.sources, { limit: 1 })).batches;
    expect(closed?.reason).toBe('bytes');
    expect((await batch(home.sources, closed?.id ?? '')).last.closedTheBatch).toBe(false);
    await home.service.append([event('chapter10/c', START, 2_000_000)]);
    const { batches: later } = await batches(home.sources, { limit: 10 });
    const alone = later.find(({ bytes }) => bytes === 2_000_000);
    expect((await batch(home.sources, alone?.id ?? '')).last.closedTheBatch).toBe(true);
  });

  test('lists its files in commit order, a page at a time, across records and log pages', async () => {
    const put = [];
    for (let group = 0; group < 20; group += 1) {
      const some = events(`chapter10/${group}-`, 5, START);
      put.push(...some);
      await home.service.append(some);
    }
    const [closed] = (await batches(home.sources, { limit: 1 })).batches;
    const keys = [];
    for (let position = 0; position < 100; position += 7) {
      const { files } = await batchFiles(home.sources, closed?.id ?? '', { position, limit: 7 });
      keys.push(...files.map(({ event: { key } }) => key));
    }
    expect(keys).toEqual(put.map(({ key }) => key));
    expect((await batchFiles(home.sources, closed?.id ?? '', { position: 100, limit: 7 })).files).toEqual([]);
  });

  test('that was not started yet is shown from the log as closed', async () => {
    const failing = await testHome({
      executions: {
        start: () => Promise.reject(new Error('throttled')),
        describe: async () => null,
        trace: async () => ({ entries: [], more: false, dropped: 0 }),
      },
    });
    await failing.service.append(events('chapter10/', 100, START));
    const closing = await closingRecord(failing.ports.log, sales, 1);
    const found = await batch(failing.sources, closing?.batch.id ?? '');
    expect(found).toMatchObject({ status: 'closed', item: null, batch: { count: 100 } });
    expect(await batchTrace(failing.sources, found.batch.id, { from: 0, limit: 5 })).toMatchObject({
      status: 'closed',
      entries: [],
    });
    await failing.remove();
  });

  test('is told apart from batches of routes whose names begin with the same 32 characters', async () => {
    const long = 'a'.repeat(32);
    const text = ['x', 'y']
      .map(
        (end) =>
          `  ${long}${end}: { bucket: landing, prefix: ${end}/, pipeline: process-files, batch: { count: 2, window: 1h } }`,
      )
      .join('\n');
    const other = await testHome({}, `buckets: { landing: {} }\nroutes:\n${text}\n`);
    await other.service.append([...events('x/', 2, START), ...events('y/', 2, START)]);
    const { batches: found } = await batches(other.sources, { limit: 10 });
    expect(found).toHaveLength(2);
    for (const { id, route } of found) expect((await findBatch(other.sources, id)).route).toBe(route);
    await other.remove();
  });

  test('is found among ten thousand records by reading a few of them', async () => {
    let reads = 0;
    const { log } = home.ports;
    const counting = {
      ...log,
      get: (...asked: Parameters<typeof log.get>) => {
        reads += 1;
        return log.get(...asked);
      },
    };
    for (let record = 0; record < 2_000; record += 1)
      await home.service.append(events('chapter10/', 1, START));
    for (const seq of [1, 7, 19, 20]) {
      reads = 0;
      expect((await closingRecord(counting, sales, seq))?.batch).toMatchObject({
        seq,
        from: (seq - 1) * 100,
      });
      expect(reads).toBeLessThanOrEqual(11);
    }
    expect(await closingRecord(counting, sales, 21)).toBeNull();
    expect((await recordOfEvent(counting, sales, 1_234))?.seq).toBe(1_235);
  });

  test('with an id of nobody is refused with the reason', async () => {
    await home.service.append(events('chapter10/', 100, START));
    const id = (await batches(home.sources, { limit: 1 })).batches[0]?.id ?? '';
    const wrong = [
      ['nonsense', 'expected <route>-'],
      ['', 'expected <route>-'],
      [id.replace('sales', 'gone'), 'no route'],
      [id.replace(/-1-/, '-2-'), 'no partition'],
      [`${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`, 'no partition'],
      [`${'x'.repeat(5_000)}`, 'expected <route>-'],
    ];
    for (const [text = '', why] of wrong) {
      await expect(batch(home.sources, text)).rejects.toThrow(NoSuchBatchError);
      await expect(batch(home.sources, text)).rejects.toThrow(why);
    }
  });
});

describe('the search in a log', () => {
  test('finds the same as reading all of it, whatever the log', async () => {
    for (let round = 0; round < 60; round += 1) {
      home.time.now += (round % 3) * MINUTE;
      await home.service.append(events('partners/acme/', 1 + ((round * 7) % 5), home.time.now));
    }
    const key = { route: 'partners', partition: 'acme' };
    const all = await home.ports.log.readForward(key, 1, 1_000);
    for (let at = START - MINUTE; at < home.time.now + 2 * MINUTE; at += MINUTE / 2)
      expect(await firstRecordSince(home.ports.log, key, at)).toEqual(
        all.find((record) => record.at >= at) ?? null,
      );
    const closed = all.flatMap((record) => record.closed.map((batch) => ({ record, batch })));
    for (const each of closed) expect(await closingRecord(home.ports.log, key, each.batch.seq)).toEqual(each);
    expect(closed.length).toBeGreaterThan(20);
    const events_ = all.at(-1)?.state.next ?? 0;
    for (let offset = 0; offset < events_; offset += 1)
      expect(await recordOfEvent(home.ports.log, key, offset)).toEqual(
        all.find(({ state }) => state.next > offset),
      );
    expect(await recordOfEvent(home.ports.log, key, events_)).toBeNull();
  });

  test('finds nothing in a log without records', async () => {
    const nobody = { route: 'partners', partition: 'nobody' };
    expect(await closingRecord(home.ports.log, nobody, 1)).toBeNull();
    expect(await firstRecordSince(home.ports.log, nobody, 0)).toBeNull();
  });
});

test('a window that closed late says by how much', async () => {
  await home.service.append([event('chapter10/a', START)]);
  home.time.now = START + HOUR + 90_000;
  await home.settle();
  const [closed] = (await batches(home.sources, { limit: 1 })).batches;
  expect(closed).toMatchObject({ reason: 'time', latenessMs: 90_000 });
});
