import type { PartitionKey } from '../core/window.ts';
import type { Effects } from './effects.ts';
import type { Ports } from './ports.ts';

const PAGE = 100;

/** Redoes the effects of records `from` to `to` (seq, inclusive), and arms the timer of the window open now. */
export function createEnsure({ log }: Ports, effects: Effects) {
  return async function ensure({ route, partition }: PartitionKey, from: number, to: number): Promise<void> {
    const key = { route, partition };
    let next = from;
    while (next <= to) {
      const records = await log.readForward(key, next, Math.min(PAGE, to - next + 1));
      const last = records.at(-1);
      if (!last) return;
      await effects.redo(key, records, await log.tail(key));
      next = last.seq + 1;
    }
  };
}
