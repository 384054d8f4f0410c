import { describe, expect, it } from 'vitest';
import { nextTicks, parseCron } from '../../src/core/cron.ts';
import { fileAt, quietWorld, salesRoute, startedBatches, verdict } from './quiet-world.ts';
import type { World } from './world.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
/** A Monday, midnight in Paris. */
const MONDAY = Date.parse('2026-11-22T23:00:00.000Z');
const COMMAND_MS = 1_000;

const cron = parseCron('*/30 8-16 ? * 2-6 *', 'Europe/Paris');
const ticks = nextTicks(cron, MONDAY, 200).filter((tick) => tick < MONDAY + 8 * DAY_MS);

/** A week and a day with a file every so often, and a tick of the schedule whenever there is one. */
async function week(fileEveryMs: number): Promise<World> {
  const world = quietWorld(MONDAY, { routes: [salesRoute(10_000, 14 * DAY_MS)] });
  for (let time = MONDAY + MINUTE_MS; time < MONDAY + 8 * DAY_MS; time += fileEveryMs)
    world.queue.putAt(time, fileAt(time, `${time}.csv`));
  for (const tick of ticks) {
    const request = {
      id: `sales/0/${tick}`,
      reason: 'schedule',
      who: 'schedule',
      scope: { route: 'sales' },
    } as const;
    world.scheduler.at(tick, 'cron', () => world.askers.tick({ ...request, minEvents: 1 }));
  }
  await world.scheduler.runUntil(MONDAY + 8 * DAY_MS);
  return world;
}

describe('a flush every 30 minutes from 8:00 to 16:59, Monday to Friday', () => {
  it('ticks 18 times a working day and never at the weekend', () => {
    const perDay = Array.from({ length: 8 }, (_, day) => {
      const from = MONDAY + day * DAY_MS;
      return ticks.filter((tick) => tick >= from && tick < from + DAY_MS).length;
    });
    expect(perDay).toEqual([18, 18, 18, 18, 18, 0, 0, 18]);
    expect(new Date(ticks[0] ?? 0).toISOString()).toBe('2026-11-23T07:00:00.000Z');
    expect(new Date(ticks[17] ?? 0).toISOString()).toBe('2026-11-23T15:30:00.000Z');
  });

  it('releases at each tick exactly what came since the last, the weekend on Monday at 8:00', async () => {
    const world = await week(20 * MINUTE_MS);
    const batches = startedBatches(world);
    expect(batches).toHaveLength(ticks.length);
    const arrivals = world.history.written.map(({ time, key }) => ({ time, key }));
    ticks.forEach((tick, index) => {
      const since = index === 0 ? MONDAY : (ticks[index - 1] ?? 0);
      const due = arrivals.filter(({ time }) => time > since && time < tick).map(({ key }) => key);
      expect(batches[index]).toMatchObject({ reason: 'schedule', keys: due });
      expect(batches[index]?.at).toBeGreaterThanOrEqual(tick);
      expect(batches[index]?.at).toBeLessThan(tick + COMMAND_MS);
    });
    expect(batches.at(90)?.keys.length).toBe(((63.5 * 60) / 20) | 0);
    expect(await verdict(world)).toEqual([]);
  });

  it('passes over a tick at which nothing waits, and keeps a record of it', async () => {
    const world = await week(12 * 60 * MINUTE_MS);
    expect(startedBatches(world).length).toBeLessThan(ticks.length / 4);
    const [first, second] = await Promise.all(
      ticks.slice(0, 2).map((tick) => world.flushes.pins(`sales/0/${tick}`)),
    );
    expect(first).toMatchObject([{ window: { seq: 1, count: 1 } }]);
    expect(second).toMatchObject([{ window: null, skipped: { why: 'empty', count: 0 } }]);
    expect(await verdict(world)).toEqual([]);
  });
});
