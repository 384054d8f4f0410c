import type { Clock } from '../core/clock.ts';
import type { BatchItem } from '../projections/projections.ts';
import type { Effects } from './effects.ts';
import type { ServiceOptions } from './options.ts';
import type { Ports } from './ports.ts';
import { each, endInTime, groupsOf, type Running, WIDTH } from './reconcile-run.ts';
import type { Reports } from './reports.ts';
import { HORIZON_MS, type RouteBatches } from './route-batches.ts';
import { createUnended } from './unended.ts';

/** Asks after executions that are shown as running: all of them at a start, else as many as may be asked after. */
export function createReconcileExecutions(
  ports: Ports,
  clock: Clock,
  options: ServiceOptions,
  effects: Effects,
  reports: Reports,
) {
  const lookAfter = createUnended(ports, clock, options, effects, reports);

  return async function lookAfterExecutions(run: Running, batches: RouteBatches[]): Promise<void> {
    const running = batches.flatMap((one) => one.running);
    const { report, atStart, startedAt, ended } = run;
    for (const group of groupsOf(atStart ? running : rationed(running), WIDTH)) {
      await each(run, group, async (item) => {
        const looked = await lookAfter(item, atStart);
        if (looked === 'ended' || looked === 'resumed') report.statuses += 1;
        if (looked === 'restarted') report.started += 1;
        const forgotten = looked === 'unknown' && item.startedAt < startedAt - HORIZON_MS;
        if (looked === 'ended' || forgotten) ended.add(item.id);
      });
    }
    endInTime(run);
  };

  /** Those of them that may have been forgotten, or as many as may be asked after: others the next time. */
  function rationed(running: BatchItem[]): BatchItem[] {
    const due = running.filter(({ startedAt }) => startedAt + options.overdueMs <= clock.now());
    if (due.length <= options.describesMax) return due;
    const first = Math.floor(clock.random() * due.length);
    return [...due.slice(first), ...due.slice(0, first)].slice(0, options.describesMax);
  }
}
