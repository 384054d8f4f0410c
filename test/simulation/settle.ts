import type { PartitionKey } from '../../src/core/window.ts';
import { reconcileOnce, type World } from './world.ts';

/** Not a multiple of the rounds of anything, so as not to look always at the same bad moment. */
const SLICE_MS = 4 * 60_000 + 7_919;
/** Once all deadlines have passed, everything must be done within this (ms). */
export const SETTLE_MAX_MS = 45 * 60_000;
/** Rounds of reconcile that suffice to see everything settled. */
const RECONCILE_ROUNDS = 3;
/** Days without events need no reconcile every few minutes. */
const IDLE_RECONCILE_MS = 6 * 3_600_000;

/**
 * Runs a healed world until nothing is left to do.
 * @returns what is still unfinished after all the time that it may take; null when nothing is
 */
export async function settle(world: World): Promise<string | null> {
  const left = await finish(world);
  if (left !== null) return left;
  const { scheduler, queue, pace, shape } = world;
  if (queue.lastRedriveAt() > scheduler.now()) {
    if (pace.reconcileMs !== null) pace.reconcileMs = IDLE_RECONCILE_MS;
    await scheduler.runUntil(queue.lastRedriveAt());
    const later = await finish(world);
    if (later !== null) return later;
  }
  pace.reconcileMs = null;
  if (shape.reconcileMs === null) return null;
  for (let round = 0; round < RECONCILE_ROUNDS; round++) {
    reconcileOnce(world);
    await scheduler.runUntil(scheduler.now() + SLICE_MS);
  }
  // A timer that reconcile armed may be firing at this very moment: what it sends is still to be carried out.
  return await finish(world);
}

async function finish(world: World): Promise<string | null> {
  const { scheduler } = world;
  const end = scheduler.now() + longestWindow(world) + SETTLE_MAX_MS;
  for (;;) {
    await scheduler.runUntil(scheduler.now() + SLICE_MS);
    const left = await unfinished(world);
    if (left === null || scheduler.now() >= end) return left;
  }
}

function longestWindow({ history }: World): number {
  return Math.max(...history.policies.map(({ policy }) => policy.limits.windowMs));
}

async function unfinished(world: World): Promise<string | null> {
  const { queue, commands, askers, executions, calls, processes } = world;
  const counts = {
    'messages in the queue': queue.size(),
    'commands not carried out': commands.size(),
    'flushes without an answer': askers.open(),
    'executions running': executions.running().length,
    'reports not taken': executions.unreported(),
    'calls on their way': calls.pending(),
    'deliveries in work': processes.alive().reduce((sum, process) => sum + process.busy, 0),
    'windows open': await openWindows(world),
  };
  const left = Object.entries(counts).filter(([, count]) => count > 0);
  return left.length === 0 ? null : left.map(([what, count]) => `${count} ${what}`).join(', ');
}

async function openWindows({ log, history }: World): Promise<number> {
  let open = 0;
  for (const key of partitionsOf(history.commits)) if ((await log.tail(key))?.state.window) open += 1;
  return open;
}

/** Each partition that something was committed to, once. */
export function partitionsOf(commits: readonly { key: PartitionKey }[]): PartitionKey[] {
  return [...new Map(commits.map(({ key }) => [JSON.stringify([key.route, key.partition]), key])).values()];
}
