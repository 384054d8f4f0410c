import { forgetOlder, type Partition } from './partition.ts';

/**
 * Bounds the identities that all partitions of a process remember. Only those are forgotten that the next events will
 * probably not ask for: what they ask for would be read back from the log at once, all of it, each time. So after an outage
 * a process remembers all that was committed since the oldest event was born, 32 bytes or more each.
 */
export interface SeenLimit {
  /** To be called before a partition is used: nothing of it is forgotten meanwhile. */
  begin(partition: Partition): void;
  /** To be called after each use. */
  end(partition: Partition, now: number): void;
  /** A partition that is no longer known does not count. */
  forget(partition: Partition): void;
}

/** Partitions that one use looks at: what all remember is not to be gone through for each event. */
const LOOKED_AT = 8;

export function createSeenLimit(max: number): SeenLimit {
  /** Identities by partition that is not in use, in the order in which they are looked at. */
  const idle = new Map<Partition, number>();
  let total = 0;

  function forget(partition: Partition): void {
    total -= idle.get(partition) ?? 0;
    idle.delete(partition);
  }

  function keep(partition: Partition): void {
    const size = sizeOf(partition);
    if (size === 0) return;
    idle.set(partition, size);
    total += size;
  }

  function shrink(partition: Partition, now: number): void {
    const { tail, young } = partition;
    const wanted = now - partition.reachMs;
    if (young.before < wanted) forgetOlder(partition);
    if (tail !== null && tail.at < wanted) forgetOlder(partition);
  }

  return {
    begin: forget,
    end(partition, now) {
      forget(partition);
      if (partition.asked !== null) partition.reachMs = now - partition.asked;
      partition.asked = null;
      if (2 * partition.young.seen.size > max && partition.young.before < now - partition.reachMs)
        forgetOlder(partition);
      keep(partition);
      for (let look = 0; look < LOOKED_AT && total > max; look += 1) {
        const [other] = idle.keys();
        if (other === undefined || other === partition) break;
        forget(other);
        shrink(other, now);
        keep(other);
      }
    },
    forget,
  };
}

function sizeOf({ young, old }: Partition): number {
  return young.seen.size + old.seen.size;
}
