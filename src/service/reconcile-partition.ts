import type { Clock } from '../core/clock.ts';
import { dueOf } from '../core/deadline.ts';
import type { LogRecord, PartitionKey } from '../core/window.ts';
import type { PartitionItem } from '../projections/projections.ts';
import { positionOf } from './effects.ts';
import type { ServiceOptions } from './options.ts';
import type { Ports } from './ports.ts';
import type { Unsettled } from './settling.ts';

/** What reconcile found of one partition's window. */
interface Found {
  rearmed: boolean;
  /** Null where every batch is known as started. */
  unsettled: Unsettled | null;
}

/**
 * Compares what one partition's item says of its window with the log. What is younger than a grace is left to whoever
 * committed it, except at a home's start, when there is nobody else.
 */
export function createReconcilePartition(
  { log, projections, timers, observe }: Ports,
  clock: Clock,
  options: ServiceOptions,
) {
  return async function reconcilePartition(item: PartitionItem, atStart: boolean): Promise<Found> {
    const key = { route: item.route, partition: item.partition };
    const tail = await log.tail(key);
    if (!tail) return { rearmed: false, unsettled: null };
    const rearmed = await rearm(key, tail, atStart);
    await reproject(key, item, tail, atStart);
    const { epoch, windowSeq } = tail.state;
    const settledTo = item.position?.epoch === epoch ? item.settledTo : 0;
    return { rearmed, unsettled: settledTo + 1 < windowSeq ? { key, epoch, settledTo, windowSeq } : null };
  };

  /** Arms the open window's timer where nobody else will. True when it did. */
  async function rearm(key: PartitionKey, tail: LogRecord, atStart: boolean): Promise<boolean> {
    const { window, epoch, windowSeq } = tail.state;
    const due = window && dueOf(window).at;
    if (due === null || !(atStart || isOld(due))) return false;
    await timers.arm({ ...key, epoch, windowSeq, at: due });
    if (!atStart) observe({ kind: 'repaired', ...key, at: clock.now(), what: 'timer' });
    return true;
  }

  async function reproject(key: PartitionKey, item: PartitionItem, tail: LogRecord, atStart: boolean) {
    const { position } = item;
    const { epoch, windowSeq, window } = tail.state;
    const current = position?.epoch === epoch && position.windowSeq === windowSeq;
    if (current && (position.window === null) === (window === null)) return;
    if (!atStart && !isOld(tail.at)) return;
    await projections.advance(key, positionOf(tail));
    observe({ kind: 'repaired', ...key, at: clock.now(), what: 'projection' });
  }

  function isOld(at: number): boolean {
    return at + options.overdueMs <= clock.now();
  }
}
