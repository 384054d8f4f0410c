import { identityOf, type ObjectEvent } from '../core/event.ts';
import type { LogRecord } from '../core/window.ts';
import type { Log } from '../log/log.ts';
import type { Held } from './held.ts';
import { LOOK_BACK_PAGE_MAX, type Partition } from './partition.ts';
import { createSeen } from './seen.ts';

/**
 * Which events stand further back than what is remembered of a partition. All of it is read each time and nothing kept: a
 * dead letter of weeks, on a partition that millions of events went through, would take more memory than a function has.
 *
 * @param since no record that was committed earlier (ms) can hold them
 * @param missing events by their identities
 * @param looked takes in the records that hold them
 */
export async function heldFurther(
  log: Log,
  { key, old }: Partition,
  since: number,
  missing: ReadonlyMap<string, ObjectEvent>,
  looked: Map<number, LogRecord>,
): Promise<Held[]> {
  const held: Held[] = [];
  const wanted = createSeen();
  wanted.add({ seq: 1, events: [...missing.values()] });
  let { from, before } = old;
  while (before >= since && held.length < missing.size) {
    const records = await log.readBackward(key, from, LOOK_BACK_PAGE_MAX);
    if (records.length === 0) break;
    for (const record of records) {
      for (const event of record.events) {
        // A digest is cheaper than an identity, and almost always tells.
        const found = wanted.recordsWith(event).length > 0 ? missing.get(identityOf(event)) : undefined;
        if (!found) continue;
        held.push({ event: found, record: record.seq });
        looked.set(record.seq, record);
      }
      from = record.seq;
      before = record.at;
    }
  }
  return held;
}
