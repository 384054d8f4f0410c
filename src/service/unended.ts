import type { Clock } from '../core/clock.ts';
import type { ExecutionState } from '../executions/executions.ts';
import type { BatchItem } from '../projections/projections.ts';
import type { Effects } from './effects.ts';
import type { ServiceOptions } from './options.ts';
import type { Ports } from './ports.ts';
import type { Reports } from './reports.ts';

/**
 * What became of a batch that its item shows as running. `resumed`: its execution was redriven, and runs. `unknown`:
 * nobody knows its execution.
 */
export type Looked = 'running' | 'resumed' | 'ended' | 'unknown' | 'restarted';

/**
 * Asks after an execution whose end was never reported. At a home's start an execution that is not running any
 * more died with the process: it starts again under its name.
 */
export function createUnended(
  { executions, projections, observe }: Ports,
  clock: Clock,
  options: ServiceOptions,
  effects: Effects,
  reports: Reports,
) {
  return async function lookAfter(item: BatchItem, atStart: boolean): Promise<Looked> {
    if (!atStart && item.startedAt + options.overdueMs > clock.now()) return 'running';
    const { route, partition } = item;
    const state = await executions.describe({ name: item.id, pipeline: item.pipeline });
    if (state && isNews(state, item)) {
      // A report may have come while others were asked after.
      const current = (await projections.batch(item)) ?? item;
      if (!isNews(state, current)) return 'running';
      await reports.settle(current, state);
      observe({ kind: 'repaired', route, partition, at: clock.now(), what: 'status', batch: item.id });
      return state.status === 'running' ? 'resumed' : 'ended';
    }
    if (!atStart) return state === null ? 'unknown' : 'running';
    await effects.start({ route, partition }, item.epoch, item);
    return 'restarted';
  };
}

function isNews(state: ExecutionState, item: BatchItem): boolean {
  return state.status !== item.status || state.redrives > item.redrives;
}
