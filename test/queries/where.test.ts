import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { where } from '../../src/queries/where.ts';
import { event, events, MINUTE, START, type TestHome, testHome } from './home.ts';

let home: TestHome;
beforeEach(async () => {
  home = await testHome();
});
afterEach(() => home.remove());

const ask = (key: string, bucket = 'landing') => where(home.sources, { bucket, key });
const hops = (answer: Awaited<ReturnType<typeof ask>>) => answer.writes[0]?.hops.map(({ hop }) => hop);

describe('where a file is', () => {
  test('unrouted, with the nearest route and what keeps it off', async () => {
    await home.put('partners/acme/x.txt');
    expect(await ask('partners/acme/x.txt')).toMatchObject({
      state: 'unrouted',
      writes: [],
      sentence:
        'No route matches "s3://landing/partners/acme/x.txt", so it is not counted. Route partners takes keys under "partners/{partner}/" only if they end in .csv.',
    });
    expect((await ask('x', 'nowhere')).sentence).toContain('No route watches bucket nowhere');
  });

  test('a folder marker, which is ignored', async () => {
    expect(await ask('chapter10/new folder/')).toMatchObject({
      state: 'ignored',
      sentence: expect.stringContaining('is a folder marker'),
    });
  });

  test('not seen: neither an object nor an event', async () => {
    expect(await ask('chapter10/never.csv')).toMatchObject({
      state: 'not-seen',
      object: null,
      sentence: 'There is no object "s3://landing/chapter10/never.csv" and no event of it in route "sales".',
    });
  });

  test('there, but its event has not come', async () => {
    await home.put('chapter10/fresh.csv');
    expect(await ask('chapter10/fresh.csv')).toMatchObject({
      state: 'not-seen',
      object: { lastModified: START },
      sentence: expect.stringContaining('no event of it has come'),
    });
  });

  test('in an open window, with its place and the deadline', async () => {
    await home.service.append(events('partners/acme/', 1, START));
    await home.service.append([await home.put('partners/acme/mine.csv')]);
    home.time.now += 10 * MINUTE;
    const answer = await ask('partners/acme/mine.csv');
    expect(answer.state).toBe('in-window');
    expect(answer.sentence).toBe(
      'It is event 2 of 2 in the open window of route "partners", partition "acme", which closes at 3 events or by time in 50:00.',
    );
    expect(hops(answer)).toEqual(['file', 'event', 'window']);
  });

  test('in a running batch, and whether it was the event that closed it', async () => {
    const mine = await home.put('partners/acme/first.csv');
    const last = await home.put('partners/acme/last.csv');
    await home.service.append([mine, ...events('partners/acme/', 1, START)]);
    await home.service.append([last]);
    const first = await ask('partners/acme/first.csv');
    expect(first.state).toBe('running');
    expect(hops(first)).toEqual(['file', 'event', 'batch', 'execution']);
    const hopOf = (answer: typeof first) => answer.writes[0]?.hops.find(({ hop }) => hop === 'batch');
    expect(hopOf(first)).toMatchObject({ position: 1, closedTheBatch: false, reason: 'count' });
    expect(hopOf(await ask('partners/acme/last.csv'))).toMatchObject({
      position: 3,
      closedTheBatch: true,
      sentence: expect.stringContaining('closed by this event'),
    });
  });

  test('processed, with what was written', async () => {
    await home.service.append([
      await home.put('partners/acme/mine.csv'),
      ...events('partners/acme/', 2, START),
    ]);
    const output = JSON.stringify({
      units: [{ outputs: [{ bucket: 'curated', key: 'p/1.parquet' }] }],
      failed: 0,
    });
    await home.executions.end(home.executions.running()[0]!, { status: 'succeeded', output });
    const answer = await ask('partners/acme/mine.csv');
    expect(answer).toMatchObject({
      state: 'succeeded',
      sentence: 'It was processed; the batch was written to s3://curated/p/1.parquet.',
    });
    expect(hops(answer)).toEqual(['file', 'event', 'batch', 'execution', 'result']);
  });

  test('in a batch whose execution failed without saying which file was to blame', async () => {
    await home.service.append([
      await home.put('partners/acme/mine.csv'),
      ...events('partners/acme/', 2, START),
    ]);
    await home.executions.end(home.executions.running()[0]!, {
      status: 'failed',
      error: 'States.Timeout',
      cause: 'See s3://landing/partners/acme/no-such-report.json',
    });
    const answer = await ask('partners/acme/mine.csv');
    expect(answer).toMatchObject({
      state: 'failed',
      sentence: 'Its execution failed without naming this file: States.Timeout.',
    });
  });

  test('written twice into one batch: the newer write is processed, the older is superseded', async () => {
    const older = await home.put('partners/acme/same.csv', 'old');
    home.time.now += 1_000;
    const newer = await home.put('partners/acme/same.csv', 'newer');
    await home.service.append([older, newer, ...events('partners/acme/', 1, home.time.now)]);
    const answer = await ask('partners/acme/same.csv');
    expect(answer.writes.map(({ state, write }) => [state, write.event.etag])).toEqual([
      ['running', newer.etag],
      ['superseded', older.etag],
    ]);
    expect(answer.state).toBe('running');
    expect(older.etag).not.toBe(newer.etag);
  });

  test('written again after its batch: both writes are told, newest first', async () => {
    for (let day = 0; day < 3; day += 1) {
      await home.service.append([await home.put('chapter10/daily.csv', `day ${day}`)]);
      await home.service.flush({ id: `f${day}`, reason: 'manual', who: 't', scope: {}, minEvents: 1 });
      home.time.now += 24 * 60 * MINUTE;
    }
    const answer = await ask('chapter10/daily.csv');
    expect(answer.writes.map(({ write }) => write.offset)).toEqual([2, 1, 0]);
    expect(answer.searchedFrom).toBeNull();
  });

  test('is found though the object is gone', async () => {
    await home.service.append(events('partners/acme/', 2, START));
    expect(await ask('partners/acme/0.csv')).toMatchObject({ state: 'in-window', object: null });
  });

  test('is found in a long log by reading a few records, when the object is there', async () => {
    for (let record = 0; record < 300; record += 1) {
      home.time.now += MINUTE;
      await home.service.append([event(`chapter10/${record}`, home.time.now)]);
    }
    const mine = await home.put('chapter10/mine.csv');
    await home.service.append([mine]);
    for (let record = 0; record < 3_000; record += 1) {
      home.time.now += MINUTE;
      await home.service.append([event(`chapter10/later-${record}`, home.time.now)]);
    }
    let forward = 0;
    const { log } = home.ports;
    const counting = {
      ...log,
      readForward: (...asked: Parameters<typeof log.readForward>) => {
        forward += 1;
        return log.readForward(...asked);
      },
    };
    const answer = await where({ ...home.sources, ports: { ...home.ports, log: counting } }, mine);
    expect(answer.writes).toHaveLength(1);
    expect(forward).toBe(1);
    // Without the object only the latest records are looked at, and the answer says so.
    const gone = await ask('chapter10/0');
    expect(gone).toMatchObject({ state: 'not-seen', searchedFrom: expect.any(Number) });
    expect(gone.sentence).toContain(' since 2026-01-0');
  });

  test('older writes of a file that is there are looked for in twenty thousand events, of one that is gone further', async () => {
    const first = await home.put('chapter10/again.csv', 'first');
    await home.service.append([first, event('chapter10/gone.csv', home.time.now)]);
    for (let record = 0; record < 130; record += 1) {
      home.time.now += 10 * MINUTE;
      const others = Array.from({ length: 200 }, (_, file) =>
        event(`chapter10/${record}-${file}`, home.time.now),
      );
      await home.service.append(others);
    }
    const again = await home.put('chapter10/again.csv', 'again');
    await home.service.append([again]);
    const answer = await ask('chapter10/again.csv');
    expect(answer.writes.map(({ write }) => write.event.etag)).toEqual([again.etag]);
    expect(answer.searchedFrom).toBeGreaterThan(START);
    expect((await ask('chapter10/gone.csv')).writes).toHaveLength(1);
  });

  test('a key that no folder can hold is answered all the same', async () => {
    for (const key of [
      'chapter10/../x',
      'chapter10//x',
      `chapter10/${'x'.repeat(300)}`,
      'chapter10/\0',
      '/',
      '..',
    ])
      expect(['not-seen', 'unrouted']).toContain((await ask(key)).state);
  });
});
