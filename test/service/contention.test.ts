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
  expect(most).toBeLessThanOrEqual(200);
  expect(pauseAfter(20, 1)).toBeLessThan(most);
  expect(pauseAfter(20, 50)).toBe(first);
});

/** One process whose pauses are noted. Before the first put of so many of its appends another one is faster. */
function noting() {
  const home = memoryHome({ count: 10_000 });
  const { log } = home.ports;
  const other = home.process();
  const pauses: number[] = [];
  let [losing, next] = [false, 5_000];
  const racing: Log = {
    ...log,
    async append(key, record) {
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
    async append(lose: boolean) {
      losing = lose;
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
  expect(pauses.at(-1)).toBeGreaterThan(4 * (pauses[0] ?? 0));
  for (let times = 0; times < 10; times += 1) {
    for (let round = 0; round < 10; round += 1) await append(false);
    await append(true);
  }
  expect(pauses).toHaveLength(30);
  expect(pauses.at(-1)).toBeLessThanOrEqual(pauses[0] ?? 0);
});
