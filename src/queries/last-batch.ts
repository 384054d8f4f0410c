import type { LogState } from '../core/window.ts';
import { closingRecord } from '../log/search.ts';
import type { BatchItem, PartitionItem, PartitionPosition } from '../projections/projections.ts';
import type { Sources } from './sources.ts';

export type LastBatch = NonNullable<PartitionPosition['lastBatch']> &
  Partial<Pick<BatchItem, 'status' | 'error' | 'cause'>>;

/**
 * The newest batch of a partition whose log is in this state, with how its execution stands. The partition item
 * says which it was; where it lags behind, the log does.
 */
export async function lastBatchOf(
  sources: Sources,
  item: PartitionItem,
  state: LogState,
): Promise<LastBatch | null> {
  const { route, partition } = item;
  const seq = state.windowSeq - 1;
  if (seq < 1) return null;
  const shown = item.position?.epoch === state.epoch ? item.position.lastBatch : null;
  const batch =
    shown?.seq === seq ? shown : (await closingRecord(sources.ports.log, { route, partition }, seq))?.batch;
  if (!batch) return null;
  const { id, reason, closedAt, count } = batch;
  const started = await sources.ports.projections.batch({ route, closedAt, id });
  return {
    id,
    seq,
    reason,
    closedAt,
    count,
    ...(started && { status: started.status }),
    ...(started?.error !== undefined && { error: started.error }),
    ...(started?.cause !== undefined && { cause: started.cause }),
  };
}
