import { expect } from 'vitest';
import type { BatchRow, World } from './world.ts';

/** The slowest thing that is waited for: a message whose receiver was killed, or a schedule by the minute. */
export const PATIENCE_MS = 150_000;

const patience = { timeout: PATIENCE_MS, interval: 500 };

/** The batches of a route, once there are so many and all have ended. Oldest first. */
export async function ended(world: World, route: string, batches: number): Promise<BatchRow[]> {
  let rows: BatchRow[] = [];
  await expect
    .poll(
      async () => {
        rows = await world.batches(route);
        return rows.filter(({ status }) => ['succeeded', 'failed'].includes(status)).length;
      },
      { ...patience, message: `ended batches of ${route}` },
    )
    .toBe(batches);
  expect(rows).toHaveLength(batches);
  return rows.toSorted((a, b) => (a.closedAt < b.closedAt ? -1 : 1));
}

/** Resolves when a route's open windows hold so many events. */
export async function collected(world: World, route: string, events: number): Promise<void> {
  await expect
    .poll(async () => (await world.windows(route)).reduce((sum, { count }) => sum + count, 0), {
      ...patience,
      message: `events in the open windows of ${route}`,
    })
    .toBe(events);
}

/** The keys that the executions of a route were given, in the order of their executions and events. */
export async function keysGiven(world: World, route: string): Promise<string[]> {
  const executions = await world.executions(route);
  return executions.flatMap(({ input }) => (input.events ?? []).map(({ key }) => key));
}

/** There is exactly one execution for each batch, by the batch's name and with its events. */
export async function oneExecutionEach(world: World, route: string, batches: BatchRow[]): Promise<void> {
  const executions = await world.executions(route);
  expect(executions.map(({ name }) => name).sort()).toEqual(batches.map(({ id }) => id).sort());
  for (const { name, input } of executions) {
    const batch = batches.find(({ id }) => id === name);
    expect(input.batch).toMatchObject({ id: name, route, reason: batch?.reason, count: batch?.count });
    expect(input.events ?? { length: input.manifest?.count }).toHaveLength(batch?.count ?? -1);
  }
}

export function keys(prefix: string, count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${from + index}.csv`);
}
