import type { PartitionKey } from '../core/window.ts';
import type { Log } from '../log/log.ts';
import type { Observer } from '../service/observation.ts';

/**
 * How many events each open window has, as this process has seen it commit them: for putting windows in order without
 * reading the end of every log. Only of use where all commits pass through this process, and never shown: numbers on a
 * page are read from the log.
 */
export interface FillOrder {
  /** To be told of every commit. */
  observe: Observer;
  /** Undefined for a window that was not heard of since the start. */
  count(key: PartitionKey): number | undefined;
  /** Takes a count that was read from the log, unless a commit was heard of meanwhile. */
  learn(key: PartitionKey, count: number): void;
}

/** A log that tells the order of every end that is read from it, so that what one reader has seen another need not ask. */
export function telling(log: Log, order: Pick<FillOrder, 'learn'>): Log {
  return {
    ...log,
    async tail(key) {
      const tail = await log.tail(key);
      order.learn(key, tail?.state.window?.count ?? 0);
      return tail;
    },
  };
}

/** Partitions remembered; those heard of longest ago are forgotten, and read from their logs again. */
const REMEMBERED = 100_000;

export function fillOrder(): FillOrder {
  const counts = new Map<string, number>();
  const nameOf = ({ route, partition }: PartitionKey) => `${route}/${partition}`;
  const set = (name: string, count: number) => {
    counts.delete(name);
    counts.set(name, count);
    const [oldest] = counts.keys();
    if (counts.size > REMEMBERED && oldest !== undefined) counts.delete(oldest);
  };
  return {
    observe(observation) {
      if (observation.kind === 'committed') set(nameOf(observation), observation.open?.count ?? 0);
    },
    count: (key) => counts.get(nameOf(key)),
    learn(key, count) {
      if (!counts.has(nameOf(key))) set(nameOf(key), count);
    },
  };
}
