import type { CloseDecision } from '../core/decide.ts';
import type { Batch, PartitionKey } from '../core/window.ts';
import { closingRecord } from '../log/search.ts';
import type { Effects } from './effects.ts';
import type { Ports } from './ports.ts';
import type { Writer } from './writer.ts';

/** Closes one window, or sees to the effects of whoever closed it before. */
export type Closing = (key: PartitionKey, command: CloseDecision) => Promise<Closed>;

export type Closed =
  | { kind: 'closed'; batch: Batch }
  /** Something else closed it first; null for another life of the log, and for a deadline that finds all settled. */
  | { kind: 'already-closed'; batch: Batch | null }
  | { kind: 'early'; at: number };

export function createClosing({ log, projections }: Ports, writer: Writer, effects: Effects): Closing {
  return async function close(key, command) {
    const { epoch, seq } = command.window;
    const outcome = await writer.close(key, command);
    if (outcome.kind === 'early') return outcome;
    if (outcome.kind === 'closed') {
      const [batch] = outcome.record.closed;
      if (!batch) throw new TypeError(`Record ${outcome.record.seq} closed nothing.`);
      return { kind: 'closed', batch };
    }
    // Most deadlines come to a window that was full long before. Nobody asks them for its batch, so where all is settled
    // the log, however long, is not searched for it.
    const forDeadline = command.cause.kind === 'deadline';
    if (forDeadline && (await isSettled(key, epoch, seq))) return { kind: 'already-closed', batch: null };
    const closing = await closingRecord(log, key, seq);
    if (!closing || closing.record.state.epoch !== epoch) return { kind: 'already-closed', batch: null };
    // Its committer may have died between commit and effects.
    if (forDeadline || !(await isSettled(key, epoch, seq))) await effects.catchUp(key, closing.record);
    return { kind: 'already-closed', batch: closing.batch };
  };

  /** Whether the partition item says that the window's batch is known as started. */
  async function isSettled(key: PartitionKey, epoch: string, seq: number): Promise<boolean> {
    const item = await projections.partition(key);
    return item?.position?.epoch === epoch && item.settledTo >= seq;
  }
}
