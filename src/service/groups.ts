import type { ObjectEvent } from '../core/event.ts';
import type { PartitionKey } from '../core/window.ts';
import { laneOf } from './partitions.ts';

/** Lets callers that wait for the same partition share one commit: the hot route's throughput depends on it. */
export interface Groups<Place> {
  /** Resolves with a place per event once the group that took them is committed and its effects are seen to. */
  join(key: PartitionKey, events: ObjectEvent[]): Promise<Place[]>;
}

/**
 * Commits one group. It calls `take` when the partition's turn has come: who waits by then is in.
 * The places stand in the order of the events taken.
 */
export type CommitGroup<Place> = (key: PartitionKey, take: () => ObjectEvent[]) => Promise<Place[]>;

interface Waiting<Place> {
  events: ObjectEvent[];
  resolve(places: Place[]): void;
  reject(error: unknown): void;
}

/** @param groupMax events after which a group takes in nobody more */
export function createGroups<Place>(groupMax: number, commit: CommitGroup<Place>): Groups<Place> {
  const queues = new Map<string, Waiting<Place>[]>();

  function take(key: PartitionKey): Waiting<Place>[] {
    const queue = queues.get(laneOf(key)) ?? [];
    let events = 0;
    let callers = 0;
    while (callers < queue.length && (callers === 0 || events < groupMax)) {
      events += queue[callers]?.events.length ?? 0;
      callers += 1;
    }
    const group = queue.splice(0, callers);
    if (queue.length === 0) queues.delete(laneOf(key));
    else void serve(key);
    return group;
  }

  async function serve(key: PartitionKey): Promise<void> {
    let group: Waiting<Place>[] = [];
    try {
      const places = await commit(key, () => {
        group = take(key);
        return group.flatMap(({ events }) => events);
      });
      let next = 0;
      for (const { events, resolve } of group) {
        resolve(places.slice(next, next + events.length));
        next += events.length;
      }
    } catch (error) {
      // A turn that failed before it took anybody would leave them waiting for ever.
      if (group.length === 0) group = take(key);
      for (const { reject } of group) reject(error);
    }
  }

  return {
    join(key, events) {
      return new Promise((resolve, reject) => {
        const waiting = { events, resolve, reject };
        const queue = queues.get(laneOf(key));
        if (queue) {
          queue.push(waiting);
          return;
        }
        queues.set(laneOf(key), [waiting]);
        void serve(key);
      });
    },
  };
}
