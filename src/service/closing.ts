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
  /** Something else closed it first; null when that is a matter of another life of the log. */
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
    const closing = await closingRecord(log, key, seq);
    if (!closing || closing.record.state.epoch !== epoch) return { kind: 'already-closed', batch: null };
    // Its committer may have died between commit and effects. The partition item says when that is out of question.
    const item = await projections.partition(key);
    const settled = item?.position?.epoch === epoch && item.settledTo >= seq;
    if (!settled) await effects.catchUp(key, closing.record);
    return { kind: 'already-closed', batch: closing.batch };
  };
}
