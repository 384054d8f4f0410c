import type { ObjectEvent } from '../core/event.ts';
import {
  listOf,
  numberOf,
  packNumbers,
  packTexts,
  RecordShapeError,
  unpackNumbers,
  unpackTexts,
} from './record-fields.ts';

/** The events of a record, column by column: like stands beside like, which is what deflate is good at. */
export function packEvents(events: ObjectEvent[], at: number): unknown[] {
  if (events.length === 0) return [];
  const columns: unknown[] = [
    events.length,
    packTexts(events.map((event) => event.bucket)),
    packTexts(events.map((event) => event.key)),
    packTexts(events.map((event) => event.etag)),
    packTexts(events.map((event) => event.sequencer)),
    // Sizes do not resemble their neighbours: differences would only be longer.
    events.map((event) => packNumbers([event.size], 0)[0]),
    packNumbers(
      events.map((event) => event.time),
      at,
    ),
    packNumbers(
      events.map((event) => event.arrival),
      at,
    ),
    packTexts(events.map((event) => event.versionId)),
    packTexts(events.map((event) => event.id)),
  ];
  while (columns.at(-1) === 0) columns.pop();
  return columns;
}

export function unpackEvents(packed: unknown, at: number): ObjectEvent[] {
  const columns = listOf(packed, 'events');
  if (columns.length === 0) return [];
  const count = numberOf(columns[0], 'number of events');
  if (!Number.isInteger(count) || count < 1)
    throw new RecordShapeError('number of events should be positive');
  const buckets = required(unpackTexts(columns[1], count, 'buckets'), 'buckets');
  const keys = required(unpackTexts(columns[2], count, 'keys'), 'keys');
  const etags = required(unpackTexts(columns[3], count, 'etags'), 'etags');
  const sequencers = unpackTexts(columns[4], count, 'sequencers');
  const sizes = listOf(columns[5], 'sizes').flatMap((size) => unpackNumbers([size], 0, 'sizes'));
  const times = unpackNumbers(columns[6], at, 'times');
  const arrivals = unpackNumbers(columns[7], at, 'arrivals');
  const versionIds = unpackTexts(columns[8] ?? 0, count, 'versionIds');
  const ids = unpackTexts(columns[9] ?? 0, count, 'ids');
  return keys.map((key, index) => {
    const event: ObjectEvent = {
      bucket: entry(buckets, index, 'buckets'),
      key,
      size: entry(sizes, index, 'sizes'),
      etag: entry(etags, index, 'etags'),
      time: entry(times, index, 'times'),
      arrival: entry(arrivals, index, 'arrivals'),
    };
    const versionId = versionIds[index];
    const sequencer = sequencers[index];
    const id = ids[index];
    if (versionId !== undefined) event.versionId = versionId;
    if (sequencer !== undefined) event.sequencer = sequencer;
    if (id !== undefined) event.id = id;
    return event;
  });
}

function required(values: (string | undefined)[], what: string): string[] {
  return values.map((value) => {
    if (value === undefined) throw new RecordShapeError(`${what} should be there for every event`);
    return value;
  });
}

function entry<Value>(column: Value[], index: number, what: string): Value {
  const value = column[index];
  if (value === undefined) throw new RecordShapeError(`${what} should have an entry for every event`);
  return value;
}
