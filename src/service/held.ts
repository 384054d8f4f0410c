import { birthOf, identityOf, type ObjectEvent } from '../core/event.ts';
import type { LogRecord } from '../core/window.ts';
import type { Log } from '../log/log.ts';
import { heldFurther } from './look-further.ts';
import type { ServiceOptions } from './options.ts';
import { lookBack, type Partition, suspects } from './partition.ts';
import { recentRecord } from './recent.ts';

/** An event that the log holds already, and the seq of the record that does. */
export interface Held {
  event: ObjectEvent;
  record: number;
}

/**
 * Which of the waiting events the log holds already. A digest may lie, so its record has the last word: it is at hand
 * while its window is open, and read otherwise.
 *
 * @param waiting events by their identities
 * @param looked takes in every record that was looked at: a large batch that comes again asks for the same few once per
 * event, and their effects are redone later
 */
export async function findHeld(
  log: Log,
  partition: Partition,
  waiting: ReadonlyMap<string, ObjectEvent>,
  { dedupeMarginMs, lookBackMax }: Pick<ServiceOptions, 'dedupeMarginMs' | 'lookBackMax'>,
  looked: Map<number, LogRecord>,
): Promise<Held[]> {
  let earliest = Number.POSITIVE_INFINITY;
  for (const event of waiting.values()) earliest = Math.min(earliest, birthOf(event));
  const since = earliest - dedupeMarginMs;
  await lookBack(log, partition, since, lookBackMax);
  const identities = new Map<number, ReadonlySet<string>>();
  const held: Held[] = [];
  for (const [identity, event] of waiting) {
    for (const seq of suspects(partition, event)) {
      const inRecord = identities.get(seq) ?? (await identitiesIn(log, partition, seq, looked));
      identities.set(seq, inRecord);
      if (!inRecord.has(identity)) continue;
      held.push({ event, record: seq });
      break;
    }
  }
  if (partition.old.before < since) return held;
  const near = new Set(held.map(({ event }) => event));
  const missing = new Map([...waiting].filter(([, event]) => !near.has(event)));
  return [...held, ...(await heldFurther(log, partition, since, missing, looked))];
}

async function identitiesIn(
  log: Log,
  partition: Partition,
  seq: number,
  looked: Map<number, LogRecord>,
): Promise<ReadonlySet<string>> {
  const record = looked.get(seq) ?? recentRecord(partition, seq) ?? (await log.get(partition.key, seq));
  if (!record) return new Set();
  looked.set(seq, record);
  return new Set(record.events.map(identityOf));
}
