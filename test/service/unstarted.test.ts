import { describe, expect, test } from 'vitest';
import type { Executions } from '../../src/executions/executions.ts';
import { createService } from '../../src/service/create-service.ts';
import { OLDER_TRIED_MAX } from '../../src/service/settling.ts';
import { DAY, homeOfOnes, MINUTE } from './home-of-ones.ts';
import { files, HOUR } from './memory-home.ts';

/** Batches of one partition that could not be started for days; the pipelines of some may come back. */
async function unstartedForDays(batches: number) {
  const home = homeOfOnes();
  const back = new Set<string>();
  const tried: string[] = [];
  const { executions } = home;
  const starting: Executions = {
    ...executions,
    async start(request) {
      tried.push(request.name);
      if (!back.has(request.name)) throw new Error('its pipeline is gone');
      return executions.start(request);
    },
  };
  const chance = { now: 0 };
  const clock = {
    now: () => home.time.now,
    sleep: async (ms: number) => (ms >= 1000 ? new Promise<void>(() => {}) : undefined),
    random: () => chance.now,
  };
  const router = { route: () => null, policy: () => null, names: () => [] };
  const ports = { ...home.ports, executions: starting };
  const service = createService(ports, router, clock, { manifestBucket: 'm' });
  await home.process({ executions: starting }).append(files(batches, home.time.now, 9_000));
  const ids = (await home.batches()).map(({ id }) => id);
  const failing = () => service.reconcile().catch(() => null);
  for (let day = 0; day < 4; day += 1) {
    await home.reconciled(5 * MINUTE, failing);
    home.time.now += DAY;
  }
  tried.length = 0;
  return { ...home, ids, back, tried, chance, failing };
}

describe('a batch that could not be started for days', () => {
  test('is started by the next run once it can be, though the one before it cannot', async () => {
    const home = await unstartedForDays(5);
    const [first, ...others] = home.ids;
    for (const id of others) home.back.add(id);
    await home.reconciled(5 * MINUTE, home.failing);
    for (const id of others) expect(await home.statusOf(id)).toBe('running');
    expect(await home.statusOf(first)).toBeUndefined();
  });

  test('is one of few that a run tries again, where there are many, and some day its turn comes', async () => {
    const home = await unstartedForDays(5 * OLDER_TRIED_MAX);
    for (const id of home.ids.slice(1)) home.back.add(id);
    await home.reconciled(5 * MINUTE, home.failing);
    expect(home.tried).toHaveLength(1 + OLDER_TRIED_MAX);
    for (home.chance.now = 0; home.chance.now < 1; home.chance.now += 0.1) {
      await home.reconciled(5 * MINUTE, home.failing);
    }
    expect(new Set(home.tried)).toEqual(new Set(home.ids));
  });

  test('is waited for once it runs, and its end is seen, though it is come upon again', async () => {
    const home = await unstartedForDays(5);
    const late = home.ids[2]!;
    home.back.add(late);
    await home.reconciled(HOUR, home.failing);
    const kept = await home.ports.projections.unended('sales');
    expect(kept?.batches.map(({ id }) => id)).toEqual([late]);
    await home.reconciled(HOUR, home.failing);
    expect(await home.ports.projections.unended('sales')).toEqual(kept);
    await home.executions.end(late, { status: 'succeeded' });
    await home.reconciled(10 * MINUTE, home.failing);
    expect(await home.statusOf(late)).toBe('succeeded');
    expect((await home.ports.projections.unended('sales'))?.batches).toEqual([]);
  });
});
