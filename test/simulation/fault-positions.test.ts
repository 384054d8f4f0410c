import { describe, expect, it } from 'vitest';
import { fileAt, quietWorld, salesRoute, startedBatches, verdict } from './quiet-world.ts';
import type { Fate } from './remote-calls.ts';
import type { World } from './world.ts';

type StrikingFate = Exclude<Fate, 'answered' | 'throttled'>;

const MINUTE_MS = 60_000;
const EIGHT = Date.UTC(2026, 10, 23, 8);
const TIMEOUT_MS = 120_000;
/** A fault may cost a redelivery of the event, of a command, and the process's return. */
const DELAY_MAX_MS = 3 * MINUTE_MS;

/** `count` files in bursts of `burst`, a burst every so often from this minute on. */
function bursts(name: string, minute: number, every: number, count: number, burst: number) {
  return Array.from({ length: count }, (_, number) =>
    fileAt(EIGHT + (minute + every * Math.floor(number / burst)) * MINUTE_MS, `${name}-${number}.csv`),
  );
}

// The textbook example in bursts: the hundredth file comes at 8:40, the seventy-five from 8:41 on.
const first = bursts('first', 4, 4, 100, 10);
const second = bursts('second', 41, 5, 75, 15);

/** Runs the example with faults at the calls of these numbers (from 1), and says how many calls there were. */
async function run(plan: Record<number, StrikingFate>) {
  let calls = 0;
  const world = quietWorld(
    EIGHT,
    {
      routes: [salesRoute(100, 60 * MINUTE_MS)],
      // No chance decides here; the rate only tells the checker what to be ready for.
      faults: Object.fromEntries(Object.values(plan).map((fate) => [fate, Number.MIN_VALUE])),
      source: { batchMax: 15, gatherMs: 0, visibilityMs: 20_000, outageMaxMs: 0 },
    },
    {
      fateOf: () => {
        calls += 1;
        return plan[calls] ?? 'answered';
      },
    },
  );
  for (const file of [...first, ...second]) world.queue.putAt(file.time, file);
  await world.scheduler.runUntil(EIGHT + 100 * MINUTE_MS);
  const violations = await verdict(world);
  return { world, calls, violations };
}

function expectTextbook(world: World): void {
  const sorted = (keys: string[]) => keys.toSorted();
  const batches = startedBatches(world);
  expect(batches.map(({ reason }) => reason)).toEqual(['count', 'time']);
  expect(sorted(batches[0]?.keys ?? [])).toEqual(sorted(first.map(({ key }) => key)));
  expect(sorted(batches[1]?.keys ?? [])).toEqual(sorted(second.map(({ key }) => key)));
  for (const [index, minute] of [40, 101].entries()) {
    const late = (batches[index]?.at ?? 0) - (EIGHT + minute * MINUTE_MS);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(DELAY_MAX_MS);
  }
}

const fates = [
  'request lost',
  'reply lost',
  'effect after timeout',
  'crash before call',
  'crash after call',
] as const;

describe('the textbook example', () => {
  it.each(fates)(
    'comes out right wherever a fault strikes: %s at every call in turn',
    { timeout: TIMEOUT_MS },
    async (fate) => {
      const { calls, world } = await run({});
      expectTextbook(world);
      expect(calls).toBeGreaterThan(40);
      for (let position = 1; position <= calls; position++) {
        const struck = await run({ [position]: fate });
        expect(struck.calls, `the fault at call ${position} did not strike`).toBeGreaterThanOrEqual(position);
        expect(struck.violations, `${fate} at call ${position}`).toEqual([]);
        expectTextbook(struck.world);
      }
    },
  );

  it.each(fates)(
    'comes out right when the fault strikes again a little later: %s',
    { timeout: TIMEOUT_MS },
    async (fate) => {
      const { calls } = await run({});
      for (let position = 1; position <= calls; position++) {
        const again = position + 1 + (position % 4);
        const struck = await run({ [position]: fate, [again]: fate });
        expect(struck.violations, `${fate} at calls ${position} and ${again}`).toEqual([]);
        expectTextbook(struck.world);
      }
    },
  );

  it.each([1, 2, 3, 4])(
    'comes out right when a process dies at the call %i after one that was lost',
    {
      timeout: TIMEOUT_MS,
    },
    async (distance) => {
      const { calls } = await run({});
      for (let position = 1; position <= calls; position++) {
        const plan = { [position]: 'request lost', [position + distance]: 'crash before call' } as const;
        const struck = await run(plan);
        expect(struck.violations, JSON.stringify(plan)).toEqual([]);
        expectTextbook(struck.world);
      }
    },
  );
});
