import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { batch } from '../../src/queries/batch.ts';
import { batches } from '../../src/queries/batches.ts';
import { fillOrder, telling } from '../../src/queries/fill-order.ts';
import { windows } from '../../src/queries/windows.ts';
import { event, START, type TestHome, testHome } from './home.ts';

const WINDOWS = 3_000;

let home: TestHome;
let tails = 0;
let underWay = 0;
let mostUnderWay = 0;

beforeAll(async () => {
  home = await testHome();
  const name = (index: number) => `p${String((index * 7_919) % WINDOWS).padStart(5, '0')}`;
  for (let from = 0; from < WINDOWS; from += 1_000) {
    const some = Array.from({ length: 1_000 }, (_, index) =>
      event(`partners/${name(from + index)}/1.csv`, START + from + index),
    );
    home.time.now = START + from + 1_000;
    await home.service.append(some);
  }
  const { log } = home.ports;
  const { tail } = log;
  log.tail = async (key) => {
    tails += 1;
    underWay += 1;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    const found = await tail(key);
    underWay -= 1;
    return found;
  };
}, 120_000);
afterAll(() => home.remove());

describe('with thousands of open windows', () => {
  test('a page reads the tails of its own windows only', async () => {
    for (const sort of ['deadline', 'age'] as const) {
      tails = 0;
      const page = await windows(home.sources, { sort, limit: 50 });
      expect(page.total).toBe(WINDOWS);
      expect(page.windows).toHaveLength(50);
      expect(tails).toBe(50);
    }
  });

  test('pages follow one another without a hole or a repetition', async () => {
    const seen = new Set<string>();
    let cursor: string | undefined;
    for (let page = 0; page < 3; page += 1) {
      const found = await windows(home.sources, { sort: 'deadline', limit: 200, cursor });
      for (const { partition } of found.windows) seen.add(partition);
      cursor = found.nextCursor ?? undefined;
    }
    expect(seen.size).toBe(600);
  });

  test('sorting by fill reads every tail, a bounded number at a time', async () => {
    tails = 0;
    mostUnderWay = 0;
    await home.service.append([event('partners/p00234/2.csv', home.time.now)]);
    const page = await windows(home.sources, { sort: 'fill', limit: 1 });
    expect(page.windows).toMatchObject([{ partition: 'p00234', window: { count: 2 } }]);
    expect(tails).toBeGreaterThanOrEqual(WINDOWS);
    expect(mostUnderWay).toBeLessThanOrEqual(32);
  });

  test('sorting by fill reads no tail twice where all commits pass through this process', async () => {
    const fill = fillOrder();
    const sources = { ...home.sources, fill };
    await windows(sources, { sort: 'fill', limit: 1 });
    const unsubscribe = home.stream.subscribe(null, (message) => {
      if (message.kind === 'entry' && message.source === 'observation') fill.observe(message.observation);
    });
    await home.service.append([event('partners/p02321/2.csv', home.time.now)]);
    await expect.poll(() => fill.count({ route: 'partners', partition: 'p02321' })).toBe(2);
    unsubscribe();
    tails = 0;
    const page = await windows(sources, { sort: 'fill', limit: 2 });
    expect(page.windows.map(({ partition }) => partition)).toEqual(['p00234', 'p02321']);
    expect(tails).toBe(2);
    // Windows that closed lose their place.
    fill.observe({
      kind: 'committed',
      route: 'partners',
      partition: 'p02321',
      at: 0,
      record: 9,
      events: 0,
      keys: [],
      closed: [],
      open: null,
    });
    expect(fill.count({ route: 'partners', partition: 'p02321' })).toBe(0);
  });

  test('sorting by fill does not ask a log whose end somebody else has read', async () => {
    const fill = fillOrder();
    const log = telling(home.ports.log, fill);
    const partitions = Array.from({ length: WINDOWS }, (_, index) => `p${String(index).padStart(5, '0')}`);
    for (const partition of partitions) await log.tail({ route: 'partners', partition });
    tails = 0;
    await windows({ ...home.sources, fill }, { sort: 'fill', limit: 1 });
    expect(tails).toBe(1);
  });

  test('one is found by its text, and a batch by its id', async () => {
    expect((await windows(home.sources, { sort: 'deadline', limit: 10, search: 'P0277' })).total).toBe(10);
    await home.service.append([
      event('partners/p02999/2.csv', home.time.now),
      event('partners/p02999/3.csv', home.time.now),
    ]);
    const [newest] = (await batches(home.sources, { limit: 1 })).batches;
    expect((await batch(home.sources, newest?.id ?? '')).partition).toBe('p02999');
  });
});
