import type { Clock } from '../core/clock.ts';
import { dueOf } from '../core/deadline.ts';
import type { LogRecord, PartitionKey } from '../core/window.ts';
import type { PartitionItem } from '../projections/projections.ts';
import { type Effects, positionOf } from './effects.ts';
import type { ServiceOptions } from './options.ts';
import type { Ports } from './ports.ts';
import { createSettling, type KnownBatches, type Settled } from './settling.ts';

/** What reconcile did for one partition. */
interface Reconciled extends Settled {
  rearmed: boolean;
}

/**
 * Compares one partition's item with its log. What is younger than a grace is left to whoever committed it, except
 * at a home's start, when there is nobody else.
 */
export function createReconcilePartition(
  ports: Ports,
  clock: Clock,
  options: ServiceOptions,
  effects: Effects,
) {
  const { log, projections, timers, observe } = ports;
  const settle = createSettling(ports, clock, options, effects);

  return async function reconcilePartition(item: PartitionItem, known: KnownBatches, atStart: boolean) {
    const key = { route: item.route, partition: item.partition };
    const done: Reconciled = { started: 0, settled: 0, rearmed: false };
    const tail = await log.tail(key);
    if (!tail) return done;
    // The timer first: a batch that cannot be started must not keep the window behind it open.
    done.rearmed = await rearm(key, tail, atStart);
    await reproject(key, item, tail, atStart);
    await settle(item, tail, known, atStart, done);
    return done;
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
