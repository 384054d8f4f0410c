import type { Clock } from '../core/clock.ts';
import { dueOf } from '../core/deadline.ts';
import type { AppendDecision, CloseDecision, Decided } from '../core/decide.ts';
import { birthOf, identityOf, type ObjectEvent } from '../core/event.ts';
import type { Policy } from '../core/policy.ts';
import type { LogRecord, PartitionKey } from '../core/window.ts';
import { LogUnavailableError } from '../log/log.ts';
import { encodedBytes, RECORD_BYTES_MAX } from '../log/record.ts';
import type { ServiceOptions, ServiceParts } from './options.ts';
import { advance, catchUp, findRecord, lookBack, type Partition } from './partition.ts';
import type { Ports } from './ports.ts';

/** Appends to a partition's log until what was asked for is in it. All calls for a partition run in its lane. */
export interface Committer {
  /** Puts every event into the log that it does not hold yet. */
  append(partition: Partition, events: ObjectEvent[], policy: Policy): Promise<AppendCommit>;
  /** Closes one window, if it is still open and, for a deadline, due. */
  close(partition: Partition, command: CloseDecision): Promise<CloseCommit>;
}

export interface AppendCommit {
  /** Per event: the seq of the record that holds it, and whether it was there before. */
  places: { record: number; duplicate: boolean }[];
  /** The records committed for these events, in order. */
  records: LogRecord[];
}

export type CloseCommit = { kind: 'closed'; record: LogRecord } | Exclude<Decided, { kind: 'record' }>;

/** Other writers won every race for the next record. The events go back to their queue. */
export class ContentionError extends Error {
  override readonly name = 'ContentionError';

  constructor(partition: Partition, tries: number) {
    super(
      `Other writers were faster ${tries} times in a row on route "${partition.key.route}", partition ` +
        `"${partition.key.partition}". The events will be delivered again; if this persists, lower the number ` +
        'of concurrent consumers or give the route a queue of its own (queue: dedicated).',
    );
  }
}

/** Mean pause after losing a race (ms). Flat full jitter: measured better than exponential back-off here. */
const CONFLICT_PAUSE_MS = 20;
const OUTAGE_PAUSE_MS = 50;

export function createCommitter(
  { log, projections, observe }: Ports,
  clock: Clock,
  options: ServiceOptions,
  { decide }: ServiceParts,
): Committer {
  /** Tries to append the record after the tail. True when it is committed; false when another one is. */
  async function put(partition: Partition, record: LogRecord): Promise<boolean> {
    if (record.seq === 1) await projections.register(partition.key);
    const appended = await log.append(partition.key, record);
    if (appended.committed) {
      advance(partition, record, clock.now());
      observe({ kind: 'committed', ...partition.key, ...committedView(record) });
      return true;
    }
    observe({ kind: 'conflict', ...partition.key, at: clock.now(), record: record.seq });
    if (appended.winner) advance(partition, appended.winner, clock.now());
    else await catchUp(log, partition);
    return false;
  }

  /** Runs `step` until it says it is done, through lost races and outages, a bounded number of times. */
  async function persist<Done>(partition: Partition, step: () => Promise<Done | null>): Promise<Done> {
    let conflicts = 0;
    let outages = 0;
    for (;;) {
      try {
        const done = await step();
        if (done !== null) return done;
        conflicts += 1;
        if (conflicts > options.conflictsMax) throw new ContentionError(partition, conflicts);
        await clock.sleep(2 * CONFLICT_PAUSE_MS * clock.random());
      } catch (error) {
        // Our put may have committed although the answer was lost: the next try reads on and finds its own events.
        outages += 1;
        if (!(error instanceof LogUnavailableError) || outages > options.outagesMax) throw error;
        await clock.sleep(OUTAGE_PAUSE_MS * 2 ** outages * clock.random());
      }
    }
  }

  async function append(partition: Partition, events: ObjectEvent[], policy: Policy): Promise<AppendCommit> {
    const records: LogRecord[] = [];
    const places = new Map<string, { record: number; duplicate: boolean }>();
    const waiting = new Map(events.map((event) => [identityOf(event), event]));

    async function step(): Promise<true | null> {
      const since = earliestBirth(waiting.values()) - options.dedupeMarginMs;
      await lookBack(log, partition, since);
      const read = remembered((seq) => log.get(partition.key, seq));
      for (const [identity, event] of waiting) {
        const record = await findRecord(partition, event, read);
        if (record === null) continue;
        const ours = records.some(({ seq }) => seq === record);
        places.set(identity, { record, duplicate: !ours });
        waiting.delete(identity);
      }
      if (waiting.size === 0) return true;
      const command: AppendDecision = {
        kind: 'append',
        events: [...waiting.values()],
        policy,
        newEpoch: epochAt(clock),
      };
      const record = decideWithinSize(partition, command);
      if (!(await put(partition, record))) return null;
      records.push(record);
      for (const event of record.events) {
        const identity = identityOf(event);
        places.set(identity, { record: record.seq, duplicate: false });
        waiting.delete(identity);
      }
      return waiting.size === 0 ? true : step();
    }

    await persist(partition, step);
    return { records, places: placesInOrder(events, places) };
  }

  /** Halves the events until the record fits into an item. One event always does: keys have at most 1,024 bytes. */
  function decideWithinSize(partition: Partition, command: AppendDecision): LogRecord {
    let events = command.events;
    for (;;) {
      const decided = decide(partition.key, partition.tail, { ...command, events }, clock.now());
      if (decided.kind !== 'record') throw new TypeError(`An append was decided as "${decided.kind}".`);
      if (events.length === 1 || fits(partition.key, decided.record)) return decided.record;
      events = events.slice(0, Math.ceil(events.length / 2));
    }
  }

  async function close(partition: Partition, command: CloseDecision): Promise<CloseCommit> {
    return persist(partition, async () => {
      const decided = decide(partition.key, partition.tail, command, clock.now());
      if (decided.kind !== 'record') return decided;
      return (await put(partition, decided.record)) ? { kind: 'closed', record: decided.record } : null;
    });
  }

  return { append, close };
}

/** Encoding is the exact measure, and dear; it is asked only when a generous estimate fails. */
function fits(key: PartitionKey, record: LogRecord): boolean {
  // Six bytes is the longest that JSON makes of one UTF-16 unit.
  const estimate = record.events.reduce((sum, event) => sum + 6 * event.key.length + 300, 40_000);
  return estimate <= RECORD_BYTES_MAX || encodedBytes(key, record) <= RECORD_BYTES_MAX;
}

/** The name of a log's life: its first commit's time, so that later ones sort after it, and random bits. */
function epochAt(clock: Clock): string {
  const time = Math.max(0, Math.floor(clock.now())).toString(36).padStart(9, '0');
  const chance = Math.floor(clock.random() * 36 ** 6).toString(36);
  return `${time}${chance.padStart(6, '0')}`;
}

function earliestBirth(events: Iterable<ObjectEvent>): number {
  let earliest = Number.POSITIVE_INFINITY;
  for (const event of events) earliest = Math.min(earliest, birthOf(event));
  return earliest;
}

function remembered(read: (seq: number) => Promise<LogRecord | null>) {
  const known = new Map<number, Promise<LogRecord | null>>();
  return (seq: number) => {
    const reading = known.get(seq) ?? read(seq);
    known.set(seq, reading);
    return reading;
  };
}

/** One place per event as given; a second notice of the same event in one call is a duplicate of the first. */
function placesInOrder(events: ObjectEvent[], places: Map<string, { record: number; duplicate: boolean }>) {
  const repeated = new Set<string>();
  return events.map((event) => {
    const identity = identityOf(event);
    const place = places.get(identity);
    if (!place) throw new TypeError(`No record was noted for ${identity}.`);
    const duplicate = place.duplicate || repeated.has(identity);
    repeated.add(identity);
    return { record: place.record, duplicate };
  });
}

function committedView({ seq, at, events, closed, state: { window } }: LogRecord) {
  const open = window && { count: window.count, bytes: window.bytes, deadline: dueOf(window).at };
  return { at, record: seq, events: events.length, keys: events.map(({ key }) => key), closed, open };
}
