import type { PartitionKey, Reason } from '../core/window.ts';

/**
 * Tells the world what became of batches: EventBridge on AWS, the event stream of the API on a laptop.
 * At least once, in any order; every announcement carries the batch id, by which receivers drop repeats.
 */
export interface Announcements {
  announce(announcement: Announcement): Promise<void>;
}

export interface Announcement {
  type: 'Batch Closed' | 'Execution Started' | 'Execution Succeeded' | 'Execution Failed';
  at: number;
  batch: PartitionKey & {
    id: string;
    seq: number;
    reason: Reason;
    count: number;
    bytes: number;
    openedAt: number;
    closedAt: number;
    latenessMs: number;
  };
  /** The execution, from `Execution Started` on. */
  execution?: string;
  error?: string;
  cause?: string;
}
