import { forgetOlder, type Partition } from './partition.ts';
import { longestReach, noteReach, PERIOD_MS } from './reach.ts';

/**
 * Bounds the identities that all partitions of a process remember. Only those are forgotten that the next events will
 * probably not ask for: what they ask for would be read back from the log at once, all of it, each time. So after an outage
 * a process remembers what was committed since the oldest event was born, 32 bytes or more each, up to
 * {@link TIMES_MAX} times the bound.
 */
export interface SeenLimit {
  /** To be called before a partition is used: nothing of it is forgotten meanwhile. */
  begin(partition: Partition): void;
  /** To be called after each use. */
  end(partition: Partition, now: number): void;
  /** A partition that is no longer known does not count. */
  forget(partition: Partition): void;
}

/**
 * What was committed so long ago (ms) is forgotten below the bound too, or a process would grow for weeks. Fresh events ask
 * for two minutes, and queues deliver again within minutes; who comes later is found in the log.
 */
const KEEP_MS = PERIOD_MS;

/** Partitions that one use looks at: what all remember is not to be gone through for each event. */
const LOOKED_AT = 8;

/**
 * Beyond so many times the bound, reading back is the lesser evil: a process that died for lack of memory would be given the
 * same events again.
 */
const TIMES_MAX = 16;

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
    const wanted = now - longestReach(partition.reach, now);
    if (young.before < wanted) forgetOlder(partition);
    if (tail !== null && tail.at < wanted) forgetOlder(partition);
  }

  /** Forgets what others need, those first that were looked at longest ago. */
  function shrinkAll(partition: Partition): void {
    for (const [other] of idle) {
      if (total <= TIMES_MAX * max) return;
      if (other === partition) continue;
      forget(other);
      forgetOlder(other);
      forgetOlder(other);
    }
  }

  return {
    begin: forget,
    end(partition, now) {
      forget(partition);
      const { asked } = partition;
      if (asked !== null) noteReach(partition.reach, now - asked, now);
      partition.asked = null;
      const wanted = now - partition.young.before <= longestReach(partition.reach, now);
      const tooMany = 2 * partition.young.seen.size > max * (wanted ? TIMES_MAX : 1);
      if (tooMany || isTooOld(partition, now)) forgetOlder(partition);
      keep(partition);
      // One of the others each time, also below the bound: most partitions of yesterday are never used again.
      for (let look = 0; look < LOOKED_AT && (look === 0 || total > max); look += 1) {
        const [other] = idle.keys();
        if (other === undefined || other === partition) break;
        const over = total > max;
        forget(other);
        if (over) shrink(other, now);
        else if (isTooOld(other, now)) forgetOlder(other);
        keep(other);
      }
      shrinkAll(partition);
    },
    forget,
  };
}

function isTooOld({ young, reach }: Partition, now: number): boolean {
  return now - young.before > Math.max(longestReach(reach, now), KEEP_MS);
}

function sizeOf({ young, old }: Partition): number {
  return young.seen.size + old.seen.size;
}
