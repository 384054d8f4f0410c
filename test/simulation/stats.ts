import { latenessOf } from './check-lateness.ts';
import type { Ledger } from './ledger.ts';
import type { World } from './world.ts';

/** Figures of one simulation. */
export interface Stats {
  steps: number;
  /** Events in the logs, and how often events were handed to the service. */
  events: number;
  delivered: number;
  deliveries: number;
  records: number;
  batches: Record<string, number>;
  flushes: number;
  /** Executions whose events travelled in a manifest. */
  manifests: number;
  conflicts: number;
  /** Calls to the log. */
  appends: number;
  reads: number;
  /** True ms between deadline and closing of every window that time or quiet closed. */
  lateness: number[];
}

export function statsOf(world: World, ledger: Ledger): Stats {
  const { history, scheduler, observed } = world;
  const batches: Record<string, number> = {};
  for (const { batch } of ledger.batches) batches[batch.reason] = (batches[batch.reason] ?? 0) + 1;
  const timed = ledger.batches.filter(({ batch }) => batch.reason === 'time' || batch.reason === 'quiet');
  return {
    steps: scheduler.steps(),
    events: ledger.partitions.reduce((sum, { events }) => sum + events.length, 0),
    delivered: history.delivered,
    deliveries: history.deliveries,
    records: ledger.partitions.reduce((sum, { records }) => sum + records.length, 0),
    batches,
    flushes: history.flushes.length,
    manifests: world.executions.calls.filter(({ input }) => input.includes('"manifest":{')).length,
    conflicts: observed.get('conflict') ?? 0,
    appends: history.logCalls.append,
    reads: history.logCalls.read,
    lateness: timed.map(latenessOf),
  };
}
