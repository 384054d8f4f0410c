import { expect, test } from 'vitest';
import type { Log } from '../../src/log/log.ts';
import { lostRace, noContention } from '../../src/service/contention.ts';
import { createService } from '../../src/service/create-service.ts';
import { files, memoryHome, START } from './memory-home.ts';

test('a process that others race pauses longer the fewer records it gets in between, and shorter again, within bounds', () => {
  const contention = noContention();
  const pauseAfter = (records: number, times: number) => {
    for (let time = 0; time < times; time += 1) {
      contention.inARow = records;
      lostRace(contention);
    }
    return contention.pauseMs;
  };
  const first = contention.pauseMs;
  expect(pauseAfter(4, 5)).toBe(first);
  expect(pauseAfter(0, 1)).toBeGreaterThan(first);
  const most = pauseAfter(0, 50);
  expect(most).toBeLessThanOrEqual(100);
  expect(pauseAfter(20, 1)).toBeLessThan(most);
  expect(pauseAfter(20, 50)).toBe(first);
});

/** One process whose pauses and looks are noted. Before the first put of so many of its appends another one is faster. */
function noting({ requestMs = 0 } = {}) {
  const home = memoryHome({ count: 10_000 });
  const { log } = home.ports;
  const other = home.process();
  const pauses: number[] = [];
  let [losing, next, looks] = [false, 5_000, 0];
  const racing: Log = {
    ...log,
    async readForward(key, from, limit) {
      looks += 1;
      home.time.now += requestMs;
      return log.readForward(key, from, limit);
    },
    async append(key, record) {
      home.time.now += requestMs;
      if (losing) await other.append(files(1, START, next++));
      losing = false;
      return log.append(key, record);
    },
  };
  const clock = {
    now: () => home.time.now,
    random: () => 0.5,
    sleep: (ms: number) => (ms < 1_000 ? Promise.resolve(void pauses.push(ms)) : new Promise<void>(() => {})),
  };
  const router = {
    route: () => ({ route: 'sales', partition: '' }),
    policy: () => home.routes.policy,
    names: () => ['sales'],
  };
  const ports = { ...home.ports, log: racing };
  const service = createService(ports, router, clock, { manifestBucket: 'manifests' });
  return {
    pauses,
    looks: () => looks,
    async append(lose: boolean, laterMs = 0) {
      losing = lose;
      home.time.now += laterMs;
      await service.append(files(1, START, next++));
    },
  };
}

test('a process that is alone never pauses; one that loses every race waits ever longer, until it is alone for a while', async () => {
  const { pauses, append } = noting();
  for (let round = 0; round < 100; round += 1) await append(false);
  expect(pauses).toEqual([]);
  for (let round = 0; round < 20; round += 1) await append(true);
  expect(pauses).toHaveLength(20);
  expect(pauses.at(-1)).toBeGreaterThan(1.5 * (pauses[0] ?? 0));
  for (let times = 0; times < 10; times += 1) {
    for (let round = 0; round < 10; round += 1) await append(false);
    await append(true);
  }
  expect(pauses).toHaveLength(30);
  expect(pauses.at(-1)).toBeLessThanOrEqual(pauses[0] ?? 0);
});

test('a process that finds its tail out of date does not wait for others: they were there, and need not be there now', async () => {
  const { pauses, looks, append } = noting();
  await append(false);
  await append(true, 500);
  expect([pauses.length, looks()]).toEqual([0, 1]);
  await append(true);
  expect(pauses).toHaveLength(1);
});

test('however slowly a table answers, a tail read for a try is not out of date: who loses then waits, and reads once', async () => {
  const { pauses, looks, append } = noting({ requestMs: 200 });
  await append(false);
  await append(true, 500);
  expect([pauses.length, looks()]).toEqual([0, 1]);
  // Now others are looked for first; whoever is faster than that is there now.
  await append(true, 500);
  expect([pauses.length, looks()]).toEqual([1, 2]);
});

/** Two processes on one log, half a second between any two of their appends; the calls of the first are noted. */
function takingTurns() {
  const home = memoryHome({ count: 10_000 });
  const { log } = home.ports;
  const calls: string[] = [];
  const noted: Log = {
    ...log,
    async append(key, record) {
      const appended = await log.append(key, record);
      calls.push(appended.committed ? 'put' : 'lost');
      return appended;
    },
    tail: (key) => {
      calls.push('tail');
      return log.tail(key);
    },
    readForward: (key, from, limit) => {
      calls.push('look');
      return log.readForward(key, from, limit);
    },
  };
  const [first, second] = [home.process({ log: noted }), home.process()];
  let next = 0;
  const append = async (service: typeof first) => {
    home.time.now += 500;
    calls.length = 0;
    await service.append(files(1, START, next++));
    return calls.join();
  };
  return { home, first: () => append(first), second: () => append(second) };
}

test('a process that met others looks for their records before it puts one, instead of losing every time', async () => {
  const { home, first, second } = takingTurns();
  expect(await first()).toBe('tail,put');
  expect(await first()).toBe('put');
  await second();
  // Others were there since, and may have put more than the one record that was in the way.
  expect(await first()).toBe('lost,look,put');
  for (let round = 0; round < 10; round += 1) {
    await second();
    expect(await first()).toBe('look,put');
  }
  // As long as somebody may be there; then no more.
  expect([await first(), await first(), await first(), await first()]).toEqual([
    'look,put',
    'look,put',
    'look,put',
    'put',
  ]);
  expect(await home.events()).toHaveLength(28);
});
