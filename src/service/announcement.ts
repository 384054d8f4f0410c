import type { Announcement } from '../announcements/announcements.ts';
import { latenessOf } from '../core/lateness.ts';
import type { Batch, PartitionKey } from '../core/window.ts';

/** An announcement about a batch, without what only an execution can add. */
export function announcementOf(
  type: Announcement['type'],
  key: PartitionKey,
  batch: Batch,
  at: number,
): Announcement {
  const { id, seq, reason, count, bytes, openedAt, closedAt } = batch;
  const { route, partition } = key;
  const latenessMs = latenessOf(batch);
  return {
    type,
    at,
    batch: { route, partition, id, seq, reason, count, bytes, openedAt, closedAt, latenessMs },
  };
}
