import type { Clock } from '../core/clock.ts';
import type { PartitionKey } from '../core/window.ts';
import type { Log } from '../log/log.ts';
import type { Lanes } from './lanes.ts';
import type { ServiceOptions } from './options.ts';
import { type Partition, refresh, unknownPartition } from './partition.ts';
import { createRecentLimit } from './recent.ts';
import { createSeenLimit } from './seen-limit.ts';

/** The partitions that this process remembers, and the turns in which they may be used. */
export interface Partitions {
  /** Runs an operation on a partition alone, with a tail that is not too old. */
  inTurn<Result>(key: PartitionKey, operation: (partition: Partition) => Promise<Result>): Promise<Result>;
}

export function createPartitions(log: Log, lanes: Lanes, clock: Clock, options: ServiceOptions): Partitions {
  const known = new Map<string, Partition>();
  const recents = createRecentLimit(options.recentEventsMax);
  const seen = createSeenLimit(options.identitiesRemembered);

  /** The partition as this process knows it, now the most recently used one. */
  function remember(key: PartitionKey): Partition {
    const name = laneOf(key);
    const partition = known.get(name) ?? unknownPartition(key);
    known.delete(name);
    known.set(name, partition);
    if (known.size > options.partitionsRemembered) forgetOldest();
    seen.begin(partition);
    return partition;
  }

  function forgetOldest(): void {
    const [oldest] = known;
    if (oldest === undefined) return;
    const [name, partition] = oldest;
    known.delete(name);
    recents.forget(partition);
    seen.forget(partition);
  }

  /** Keeps what all partitions hold within bounds; one that was forgotten while it was in use holds nothing. */
  function used(name: string, partition: Partition): void {
    if (known.get(name) !== partition) return;
    recents.used(partition);
    seen.end(partition, clock.now());
  }

  return {
    inTurn(key, operation) {
      return lanes.run(laneOf(key), async () => {
        const partition = remember(key);
        try {
          const age = clock.now() - partition.confirmedAt;
          if (age > options.tailAgeMaxMs) await refresh(log, partition, clock.now());
          return await operation(partition);
        } catch (error) {
          // What the log holds is unknown now: the next operation asks it.
          partition.confirmedAt = Number.NEGATIVE_INFINITY;
          throw error;
        } finally {
          used(laneOf(key), partition);
        }
      });
    },
  };
}

/** One text per partition. Route names have no `#`, so no two partitions share one. */
export function laneOf({ route, partition }: PartitionKey): string {
  return `${route}#${partition}`;
}
