import type { ObjectEvent } from '../../src/core/event.ts';
import { check } from './checker.ts';
import { settle } from './settle.ts';
import { BUCKET, type Shape } from './shape.ts';
import { createWorld, type World, type WorldSettings } from './world.ts';

/** A world in which nothing goes wrong and calls take no time, but for what a test says. */
export function quietWorld(start: number, shape: Partial<Shape>, settings: WorldSettings = {}): World {
  return createWorld(
    {
      seed: 1,
      start,
      chaosMs: 0,
      home: 'cloud',
      processes: { count: 1, consumers: 1, skewMaxMs: 0, restartMaxMs: 5_000, freezeMaxMs: 0 },
      routes: [],
      events: 0,
      burstiness: 0,
      keyPadding: 0,
      source: { batchMax: 10, gatherMs: 0, visibilityMs: 30_000, outageMaxMs: 0 },
      reconcileMs: null,
      latencyMaxMs: 0,
      timerLateMaxMs: 0,
      executionMaxMs: 1_000,
      service: {},
      faults: {},
      ...shape,
    },
    settings,
  );
}

/** A plain route named `sales` on its own prefix. */
export function salesRoute(count: number, windowMs: number): Shape['routes'][number] {
  return { name: 'sales', prefix: 'chapter10/', partitions: [], limits: { count, windowMs } };
}

export function fileAt(time: number, name: string): ObjectEvent {
  const digits = Buffer.from(name).toString('hex').toUpperCase();
  return {
    bucket: BUCKET,
    key: `chapter10/${name}`,
    size: 1_000,
    etag: digits,
    sequencer: digits,
    time,
    arrival: time,
  };
}

/** Lets a world of a test come to rest and holds it against every promise. */
export async function verdict(world: World): Promise<string[]> {
  const until = world.scheduler.now();
  world.faults.heal();
  const unfinished = await settle(world);
  return [...(unfinished === null ? [] : [`quiescence: ${unfinished}`]), ...(await check(world, until))];
}

/** What was started, in order: when (true time), and the keys in its input. */
export function startedBatches(world: World): { at: number; reason: string; keys: string[] }[] {
  const first = world.executions.calls.filter(({ already }) => !already);
  return first.map(({ at, input }) => {
    const { batch, events } = JSON.parse(input) as { batch: { reason: string }; events: { key: string }[] };
    return { at, reason: batch.reason, keys: events.map(({ key }) => key) };
  });
}
