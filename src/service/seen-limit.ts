import { forgetOlder, type Partition } from './partition.ts';

/** Bounds the identities that all partitions of a process remember: those used longest ago forget first. */
export interface SeenLimit {
  /** To be called before a partition is used: nothing of it is forgotten meanwhile. */
  begin(partition: Partition): void;
  /** To be called after each use. What the partition itself has read back stays until the next one is used. */
  end(partition: Partition): void;
  /** A partition that is no longer known does not count. */
  forget(partition: Partition): void;
}

export function createSeenLimit(max: number): SeenLimit {
  /** Identities by partition that is not in use, the least recently used first. */
  const idle = new Map<Partition, number>();
  let total = 0;

  function forget(partition: Partition): void {
    total -= idle.get(partition) ?? 0;
    idle.delete(partition);
  }

  /** Takes the older half first, then the rest. */
  function shrink(partition: Partition, size: number): void {
    let left = size;
    while (total > max && left > 0) {
      forgetOlder(partition);
      total += sizeOf(partition) - left;
      left = sizeOf(partition);
    }
    if (left === 0) idle.delete(partition);
    else idle.set(partition, left);
  }

  return {
    begin: forget,
    end(partition) {
      forget(partition);
      if (2 * partition.young.seen.size > max) forgetOlder(partition);
      const size = sizeOf(partition);
      if (size === 0) return;
      total += size;
      for (const [oldest, held] of idle) {
        if (total <= max) break;
        shrink(oldest, held);
      }
      idle.set(partition, size);
    },
    forget,
  };
}

function sizeOf({ young, old }: Partition): number {
  return young.seen.size + old.seen.size;
}
