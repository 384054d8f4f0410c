import type { Clock } from '../core/clock.ts';
import { dueOf } from '../core/deadline.ts';
import type { AppendDecision, CloseDecision, Decided } from '../core/decide.ts';
import { identityOf, type ObjectEvent } from '../core/event.ts';
import type { Policy } from '../core/policy.ts';
import type { LogRecord, PartitionKey } from '../core/window.ts';
import { OutOfTimeError } from '../invocation-time.ts';
import { type Log, LogUnavailableError } from '../log/log.ts';
import { encodedBytes, RECORD_BYTES_MAX } from '../log/record.ts';
import { TableUnavailableError } from '../table/errors.ts';
import { isStale, looked, lostRace, shouldLook, wasBehind } from './contention.ts';
import { findHeld } from './held.ts';
import type { ServiceOptions, ServiceParts } from './options.ts';
import { advance, catchUp, follow, type Partition, refresh } from './partition.ts';
import type { Ports } from './ports.ts';

/** Appends to a partition's log until what was asked for is in it. All calls for a partition run in its lane. */
export interface Committer {
  /** Puts every event into the log that it does not hold yet. */
  append(partition: Partition, events: ObjectEvent[], policy: Policy): Promise<AppendCommit>;
  /** Closes one window, if it is still open and, for a deadline, due. */
  close(partition: Partition, command: CloseDecision): Promise<CloseCommit>;
}

export interface AppendCommit {
  /** One per event, in their order. */
  places: Place[];
  /** The records committed for these events, in order. */
  records: LogRecord[];
  /** Records that were looked at because they may hold some of the events, by their seqs. */
  held: ReadonlyMap<number, LogRecord>;
}

/** Where an event is: the seq of the record that holds it, and whether it was there before. */
export interface Place {
  record: number;
  duplicate: boolean;
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

const OUTAGE_PAUSE_MS = 50;

/** What a commit works with. */
interface Committing {
  ports: Ports;
  clock: Clock;
  options: ServiceOptions;
  decide: ServiceParts['decide'];
}

export function createCommitter(
  ports: Ports,
  clock: Clock,
  options: ServiceOptions,
  { decide }: ServiceParts,
): Committer {
  const committing = { ports, clock, options, decide };
  return {
    append: (partition, events, policy) => appendAll(committing, partition, events, policy),
    close: (partition, command) =>
      persist(committing, partition, async () => {
        const decided = decide(partition.key, partition.tail, command, clock.now());
        if (decided.kind !== 'record') return decided;
        const { record } = decided;
        return (await put(committing, partition, record)) ? { kind: 'closed', record } : null;
      }),
  };
}

async function appendAll(
  committing: Committing,
  partition: Partition,
  events: ObjectEvent[],
  policy: Policy,
): Promise<AppendCommit> {
  const { ports, options } = committing;
  const records: LogRecord[] = [];
  const held = new Map<number, LogRecord>();
  const places = new Map<string, Place>();
  const identities = events.map(identityOf);
  const waiting = new Map(events.map((event, index) => [identities[index] ?? '', event]));
  /** What the records are made of are these very events, so none is described again. */
  const identityIn = new Map([...waiting].map(([identity, event]) => [event, identity]));

  function settle(event: ObjectEvent, record: number, duplicate: boolean): void {
    const identity = identityIn.get(event) ?? identityOf(event);
    places.set(identity, { record, duplicate });
    waiting.delete(identity);
  }

  await persist(committing, partition, async () => {
    while (waiting.size > 0) {
      for (const { event, record } of await findHeld(ports.log, partition, waiting, options, held)) {
        settle(event, record, !records.some(({ seq }) => seq === record));
      }
      if (waiting.size === 0) break;
      const record = decideWithinSize(committing, partition, [...waiting.values()], policy);
      if (!(await put(committing, partition, record))) return null;
      records.push(record);
      for (const event of record.events) settle(event, record.seq, false);
    }
    return true;
  });
  return { records, held, places: placesInOrder(identities, places) };
}

/** Halves the events until the record fits into an item. One event always does: keys have at most 1,024 bytes. */
function decideWithinSize(
  { decide, clock }: Committing,
  partition: Partition,
  waiting: ObjectEvent[],
  policy: Policy,
): LogRecord {
  const newEpoch = epochAt(clock);
  let events = waiting;
  for (;;) {
    const command: AppendDecision = { kind: 'append', events, policy, newEpoch };
    const decided = decide(partition.key, partition.tail, command, clock.now());
    if (decided.kind !== 'record') throw new TypeError(`An append was decided as "${decided.kind}".`);
    if (events.length === 1 || fits(partition.key, decided.record)) return decided.record;
    events = events.slice(0, Math.ceil(events.length / 2));
  }
}

/** Tries to append the record after the tail. True when it is committed; false when another one is. */
async function put({ ports, clock }: Committing, partition: Partition, record: LogRecord): Promise<boolean> {
  const { log, projections, observe } = ports;
  if (record.seq === 1) await projections.register(partition.key);
  const appended = await log.append(partition.key, record);
  if (appended.committed) {
    advance(partition, record, clock.now());
    partition.contention.inARow += 1;
    observe({ kind: 'committed', ...partition.key, ...committedView(record) });
    return true;
  }
  observe({ kind: 'conflict', ...partition.key, at: clock.now(), record: record.seq });
  if (appended.winner) advance(partition, appended.winner, clock.now());
  else await catchUp(log, partition);
  return false;
}

/** Runs `step` until it has a result, through lost races (null) and outages, a bounded number of times. */
async function persist<Done>(
  { ports: { log }, clock, options }: Committing,
  partition: Partition,
  step: () => Promise<Done | null>,
): Promise<Done> {
  let conflicts = 0;
  let races = 0;
  let outages = 0;
  /** Whether the tail was read for this very try, however long that took. */
  let current = false;
  const { contention } = partition;
  const knownMs = () => clock.now() - partition.confirmedAt;
  for (;;) {
    try {
      if (!current && shouldLook(contention, knownMs())) {
        await look(log, partition, clock.now());
        current = true;
      }
      const { confirmedAt } = partition;
      const stale: boolean = !current && isStale(knownMs());
      const done = await step();
      if (done !== null) return done;
      conflicts += 1;
      if (conflicts > options.conflictsMax) throw new ContentionError(partition, conflicts);
      if (options.timeLeftMs() <= 0) throw new OutOfTimeError();
      // A page of large records ends before the log does: what won was there when we read.
      const short: boolean = current && (partition.tail?.at ?? confirmedAt) < confirmedAt;
      const behind: boolean = stale || short;
      if (behind) {
        wasBehind(contention);
      } else {
        races += 1;
        // Tries of one commit are one race: its first loss tells how many records came in between.
        if (races === 1) lostRace(contention);
        await clock.sleep(2 * contention.pauseMs * clock.random());
      }
      // What won brings the tail on by one record only, and it may lie hundreds back.
      current = behind || races > 1;
      if (short) await refresh(log, partition, clock.now());
      else if (current) await follow(log, partition, clock.now());
    } catch (error) {
      current = false;
      // Our put may have committed although the answer was lost: the next try reads on and finds its own events.
      outages += 1;
      const passes = error instanceof LogUnavailableError || error instanceof TableUnavailableError;
      if (!passes || outages > options.outagesMax || options.timeLeftMs() <= 0) throw error;
      await clock.sleep(OUTAGE_PAUSE_MS * 2 ** outages * clock.random());
    }
  }
}

async function look(log: Log, partition: Partition, now: number): Promise<void> {
  const before = partition.tail;
  await follow(log, partition, now);
  looked(partition.contention, partition.tail !== before);
}

/** Encoding is the exact measure, and dear; it is asked only when a generous estimate fails. */
function fits(key: PartitionKey, record: LogRecord): boolean {
  const estimate = record.events.reduce((sum, event) => sum + bytesAtMost(event), 40_000);
  return estimate <= RECORD_BYTES_MAX || encodedBytes(key, record) <= RECORD_BYTES_MAX;
}

function bytesAtMost({ bucket, key, etag, versionId = '', sequencer = '', id = '' }: ObjectEvent): number {
  // Six bytes is the longest that JSON makes of one UTF-16 unit; the rest is three numbers.
  return (
    6 * (bucket.length + key.length + etag.length + versionId.length + sequencer.length + id.length) + 100
  );
}

/** The name of a log's life: its first commit's time, so that later ones sort after it, and random bits. */
function epochAt(clock: Clock): string {
  const time = Math.max(0, Math.floor(clock.now())).toString(36).padStart(9, '0');
  const chance = Math.floor(clock.random() * 36 ** 6).toString(36);
  return `${time}${chance.padStart(6, '0')}`;
}

/** One place per event as given; a second notice of the same event in one call is a duplicate of the first. */
function placesInOrder(identities: string[], places: Map<string, Place>): Place[] {
  const repeated = new Set<string>();
  return identities.map((identity) => {
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
