import { describe, expect, it } from 'vitest';
import type { ObjectEvent } from '../../src/core/event.ts';
import type { Lanes } from '../../src/service/lanes.ts';
import type { AppendOutcome } from '../../src/service/service.ts';
import { fileAt, quietWorld, salesRoute, verdict } from './quiet-world.ts';

const START = Date.UTC(2026, 10, 23, 8);
const SECOND_MS = 1_000;
const noLanes: Lanes = { run: (_lane, task) => task() };

/**
 * One process gets an event twice at the same time: once beside an older event whose place it has to look up, once
 * alone. While the look-up waits, the other delivery could overtake it.
 */
async function overtake(lanes?: Lanes) {
  let lookUps = 0;
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const world = quietWorld(
    START,
    // No record is kept at hand: a look-up has to ask the log, and wait for it.
    { routes: [salesRoute(100, 3_600 * SECOND_MS)], service: { recentEventsMax: 0 } },
    {
      alterations: {
        ...(lanes && { parts: { lanes } }),
        ports: (ports) => ({
          ...ports,
          log: {
            ...ports.log,
            async get(key, seq) {
              lookUps += 1;
              await gate;
              return ports.log.get(key, seq);
            },
          },
        }),
      },
    },
  );
  const [older, event] = [fileAt(START, 'older.csv'), fileAt(START, 'event.csv')];
  world.history.written.push(older, event);

  /** Does something now, and lets everything come to a stop that can. */
  async function step(action: () => void): Promise<void> {
    world.scheduler.after(0, 'step', action);
    await world.scheduler.runUntil(world.scheduler.now() + SECOND_MS);
  }
  function deliver(events: ObjectEvent[]): void {
    const note = (outcome: AppendOutcome, index: number) =>
      world.history.acknowledged.push({ event: events[index]!, outcome, trueAt: world.scheduler.now() });
    void world.processes
      .all()[0]!
      .service.append(events)
      .then((outcomes) => outcomes.forEach(note));
  }

  await step(() => deliver([older]));
  await step(() => deliver([event, older]));
  await step(() => deliver([event]));
  const committedMeanwhile = world.history.commits.length;
  await step(open);
  return { lookUps, committedMeanwhile, violations: await verdict(world) };
}

describe('the queue of a partition', () => {
  it('keeps a delivery from overtaking another that is still looking for duplicates', async () => {
    const { lookUps, committedMeanwhile, violations } = await overtake();
    expect(lookUps).toBeGreaterThan(0);
    expect(committedMeanwhile).toBe(1);
    expect(violations).toEqual([]);
  });

  it('is needed: without it the event is counted twice', async () => {
    const { committedMeanwhile, violations } = await overtake(noLanes);
    expect(committedMeanwhile).toBe(2);
    expect(violations).toContain('sales/: twice: 1 events');
  });
});
