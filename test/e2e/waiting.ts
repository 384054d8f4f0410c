import { expect, vi } from 'vitest';
import type { BatchRow, World } from './world.ts';

/** The slowest thing that is waited for: a message whose receiver was killed, or a schedule by the minute. */
export const PATIENCE_MS = 150_000;

/** Tries until it passes; fails with what it said last. */
export function eventually<Result>(attempt: () => Promise<Result>): Promise<Result> {
  return vi.waitFor(attempt, { timeout: PATIENCE_MS, interval: 500 });
}

/** The batches of a route, once there are so many and all have ended. Oldest first. */
export function ended(world: World, route: string, batches: number): Promise<BatchRow[]> {
  return eventually(async () => {
    const rows = await world.batches(route);
    const states = rows.map(({ status }) => status);
    expect(states, `batches of ${route}`).toHaveLength(batches);
    for (const state of states) expect(['succeeded', 'failed']).toContain(state);
    return rows.toSorted((a, b) => Date.parse(a.closedAt) - Date.parse(b.closedAt) || a.seq - b.seq);
  });
}

/** Resolves when a route's open windows hold so many events. */
export function collected(world: World, route: string, events: number): Promise<void> {
  return eventually(async () => {
    const windows = await world.windows(route);
    const held = windows.reduce((sum, { count }) => sum + count, 0);
    expect(held, `events in the open windows of ${route}`).toBe(events);
  });
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
