import { describe, expect, it } from 'vitest';
import { fileAt, quietWorld, salesRoute, startedBatches, verdict } from './quiet-world.ts';

const at = (time: string) => Date.parse(`2026-11-23T${time}.000Z`);
const SECOND_MS = 1_000;
/** A command takes up to half a second from the queue to the service. */
const COMMAND_MS = 500;

/** `count` files evenly from `from` to `to`, both included. */
function filesBetween(from: number, to: number, count: number, name: string) {
  return Array.from({ length: count }, (_, number) =>
    fileAt(Math.round(from + ((to - from) * number) / (count - 1)), `${name}-${number}.csv`),
  );
}

describe('the textbook example: 100 events or 3,600 s', () => {
  const morning = filesBetween(at('08:00:00'), at('08:40:00'), 100, 'first');
  const rest = filesBetween(at('08:41:00'), at('09:20:00'), 75, 'second');

  function worldWith(files: typeof morning) {
    const world = quietWorld(at('07:59:00'), { routes: [salesRoute(100, 3_600 * SECOND_MS)] });
    for (const file of files) world.queue.putAt(file.time, file);
    return world;
  }

  it('runs those 100 at 8:40 and those 75 at 9:41, though nothing arrives at 9:41', async () => {
    const world = worldWith([...morning, ...rest]);
    await world.scheduler.runUntil(at('08:40:01'));
    expect(startedBatches(world)).toEqual([
      { at: at('08:40:00'), reason: 'count', keys: morning.map(({ key }) => key) },
    ]);

    await world.scheduler.runUntil(at('09:40:59'));
    expect(startedBatches(world)).toHaveLength(1);

    await world.scheduler.runUntil(at('09:41:00') + COMMAND_MS);
    const second = startedBatches(world)[1];
    expect(second).toMatchObject({ reason: 'time', keys: rest.map(({ key }) => key) });
    expect(second?.at).toBeGreaterThanOrEqual(at('09:41:00'));
    expect(await verdict(world)).toEqual([]);
    expect(startedBatches(world)).toHaveLength(2);
  });

  it('keeps 99 files waiting at 8:40, so that it is the hundredth that releases them', async () => {
    const world = worldWith(morning.slice(0, 99));
    await world.scheduler.runUntil(at('08:59:59'));
    expect(startedBatches(world)).toEqual([]);
    await world.scheduler.runUntil(at('09:00:00') + COMMAND_MS);
    expect(startedBatches(world)).toMatchObject([{ reason: 'time' }]);
    expect(await verdict(world)).toEqual([]);
  });

  it('costs one put per delivery and, in a process that knows its log, no read', async () => {
    const world = worldWith(morning.slice(0, 99));
    await world.scheduler.runUntil(at('08:50:00'));
    const { logCalls, deliveries } = world.history;
    expect(deliveries).toBe(99);
    expect(logCalls).toEqual({ append: 99, read: 1 });
  });
});
