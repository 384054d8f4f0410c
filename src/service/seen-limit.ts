import { forgetOlder, type Partition } from './partition.ts';

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
const KEEP_MS = 15 * 60_000;

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
    const wanted = now - partition.reachMs;
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
      noteReach(partition, now);
      const age = now - partition.young.before;
      const wanted = age <= partition.reachMs;
      const tooOld = age > Math.max(partition.reachMs, KEEP_MS);
      if (tooOld || 2 * partition.young.seen.size > max * (wanted ? TIMES_MAX : 1)) forgetOlder(partition);
      keep(partition);
      for (let look = 0; look < LOOKED_AT && total > max; look += 1) {
        const [other] = idle.keys();
        if (other === undefined || other === partition) break;
        forget(other);
        shrink(other, now);
        keep(other);
      }
      shrinkAll(partition);
    },
    forget,
  };
}

/** Late events that alternate with fresh ones must not be read back each time, so a long reach is kept for a while. */
function noteReach(partition: Partition, now: number): void {
  if (partition.asked === null) return;
  const reachMs = now - partition.asked;
  partition.asked = null;
  if (reachMs < partition.reachMs && now - partition.reachedAt <= KEEP_MS) return;
  partition.reachMs = reachMs;
  partition.reachedAt = now;
}

function sizeOf({ young, old }: Partition): number {
  return young.seen.size + old.seen.size;
}
