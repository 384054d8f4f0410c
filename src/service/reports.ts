import { parseBatchInput } from '../core/batch-input.ts';
import type { Clock } from '../core/clock.ts';
import type { ExecutionReport, ExecutionState } from '../executions/executions.ts';
import { closingRecord } from '../log/search.ts';
import type { BatchItem } from '../projections/projections.ts';
import { announcementOf } from './announcement.ts';
import type { Effects } from './effects.ts';
import type { Ports } from './ports.ts';
import { noteUnended } from './route-batches.ts';

/** What executions say of themselves, brought to their batches. */
export interface Reports {
  /** Takes a report; it may be repeated, late and out of order, and come before the batch's item is written. */
  receive(report: ExecutionReport): Promise<void>;
  /** Brings a batch's item to how its execution stands, and announces an end. */
  settle(item: BatchItem, state: ExecutionState): Promise<void>;
}

export function createReports(
  { log, projections, announcements }: Ports,
  clock: Clock,
  effects: Effects,
): Reports {
  async function receive(report: ExecutionReport): Promise<void> {
    const { batch } = parseBatchInput(JSON.parse(report.input));
    const { route, partition, id, seq } = batch;
    if (id !== report.name) return; // Somebody else's execution, started by hand with one of our inputs.
    const known = await projections.batch({ route, id, closedAt: Date.parse(batch.closedAt) });
    if (known) return isOf(known, report) ? settle(known, report) : undefined;
    const closing = await closingRecord(log, { route, partition }, seq);
    if (closing?.batch.id !== id) return;
    const item = await effects.start({ route, partition }, closing.record.state.epoch, closing.batch);
    if (isOf(item, report)) await settle(item, report);
  }

  async function settle(item: BatchItem, state: ExecutionState): Promise<void> {
    const { status, redrives, endedAt, error, cause } = state;
    const ref = { route: item.route, closedAt: item.closedAt, id: item.id };
    if (item.status === status && item.redrives === redrives) {
      // Who wrote this may have been killed before it noted that the batch runs again.
      if (status === 'running' && redrives > 0) await noteUnended(projections, clock, ref);
      return;
    }
    const details = { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
    const ended = status !== 'running';
    const newer = redrives > item.redrives || (redrives === item.redrives && item.status === 'running');
    if (ended && newer) {
      const type = status === 'succeeded' ? 'Execution Succeeded' : 'Execution Failed';
      const { route, partition, execution } = item;
      const announcement = announcementOf(type, { route, partition }, item, clock.now());
      await announcements.announce({ ...announcement, execution, ...details });
    }
    await projections.batchStatus(ref, {
      status,
      redrives,
      ...(endedAt !== undefined && { endedAt }),
      ...details,
    });
    // Not before: a run of reconcile that came between would see a batch on its list that has ended, and take it off.
    if (!ended && redrives > item.redrives) await noteUnended(projections, clock, ref);
  }

  return { receive, settle };
}

/** Whether a report is of the batch's own execution, and not of another state machine's that was given its name and input. */
function isOf({ execution }: BatchItem, report: ExecutionReport): boolean {
  return report.execution === undefined || report.execution === execution;
}
