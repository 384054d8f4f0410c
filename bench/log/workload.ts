import type { ObjectEvent } from '../../src/core/event.ts';
import { policyOf } from '../../src/core/policy.ts';

/** What is delivered: the same for every strategy, by its seed. */
export interface Workload {
  /** Events in a micro-batch. */
  k: number;
  /** Prefixes that the events are spread over; 1 is one hot route. */
  prefixes: number;
  /** `dated`: folders by day and numbered files. `uuid`: a random name in a bucket with versions. */
  keys: 'dated' | 'uuid';
  again: Again;
  seed: number;
}

/** In each stretch of micro-batches one comes again: two in a hundred events, however short the measurement. */
export interface Again {
  /** Micro-batches in a stretch. */
  every: number;
  /** So many events of the one, its first; all of them without it. */
  events?: number;
}

export function policyFor(count: number) {
  return policyOf({
    limits: { count, windowMs: 3_600_000 },
    pipeline: {
      name: 'process-files',
      stateMachineArn: 'arn:aws:states:eu-central-1:111122223333:stateMachine:process-files',
    },
    output: { bucket: 'curated', prefix: 'sales/' },
  });
}

export interface Delivery {
  events: ObjectEvent[];
  again: boolean;
  /** Whether a stretch ends with it: what came so far holds exactly its share of redeliveries. */
  ends: boolean;
}

/**
 * Micro-batches without end. In each stretch one comes again, after the one behind it. The n-th new event is file n,
 * counted from `first`.
 */
export function* deliveries(workload: Workload, first = 0): Generator<Delivery, never> {
  const { k, again } = workload;
  const random = lcg(workload.seed);
  let file = first;
  for (;;) {
    const chosen = Math.floor(random() * (again.every - 1));
    let repeated: ObjectEvent[] = [];
    for (let index = 0; index < again.every; index += 1) {
      const events = Array.from({ length: k }, () => event(file++, workload, random));
      if (index === chosen) repeated = events.slice(0, again.events);
      const comes = index === Math.min(chosen + 1, again.every - 1);
      const last = index === again.every - 1;
      yield { events, again: false, ends: last && !comes };
      if (comes) yield { events: repeated, again: true, ends: last };
    }
  }
}

/** Windows as one finds them at any time, partly full: for each prefix some of a batch's events, numbered from 0. */
export function filling(workload: Workload, batchEvents: number): ObjectEvent[][] {
  const random = lcg(workload.seed + 2);
  let file = 0;
  return prefixes(workload.prefixes).map((prefix) => {
    const length = Math.floor(random() * batchEvents);
    return Array.from({ length }, () => eventUnder(prefix, file++, workload, random));
  });
}

/** The number that {@link deliveries} gave the event's file. */
export function fileOf(key: string): number {
  return Number(/-(\d{9})-/.exec(key)?.[1]);
}

/** The prefix that an event's key lies under, which is its partition where there are several. */
export function prefixOf(key: string): string {
  return key.split('/')[1] ?? '';
}

/** Every prefix of a workload spread over so many. */
export function prefixes(count: number): string[] {
  return Array.from({ length: count }, (_, index) => prefixNamed(index));
}

function prefixNamed(index: number): string {
  return `partner-${String(index).padStart(2, '0')}`;
}

function event(file: number, workload: Workload, random: () => number): ObjectEvent {
  return eventUnder(prefixNamed(Math.floor(random() * workload.prefixes)), file, workload, random);
}

function eventUnder(prefix: string, file: number, { keys }: Workload, random: () => number): ObjectEvent {
  const hex = (digits: number) => hexDigits(digits, random);
  const number = String(file).padStart(9, '0');
  const now = Date.now();
  const key =
    keys === 'dated'
      ? `chapter10/${prefix}/2026-01-${String(1 + (Math.floor(file / 1000) % 28)).padStart(2, '0')}/part-${number}-of-a-set.csv`
      : `chapter10/${prefix}/${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}-${number}-.csv`;
  return {
    bucket: 'landing',
    key,
    size: 1000 + Math.floor(random() * 90_000),
    etag: hex(32),
    // S3 calls it opaque, and so it is here.
    sequencer: `00${hex(16)}`,
    ...(keys === 'uuid' && { versionId: versionId(random) }),
    time: now - 200 - Math.floor(random() * 400),
    arrival: now,
  };
}

function hexDigits(digits: number, random: () => number): string {
  let text = '';
  while (text.length < digits) {
    text += Math.floor(random() * 2 ** 28)
      .toString(16)
      .padStart(7, '0');
  }
  return text.slice(0, digits);
}

const VERSION_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._';

/** Version ids of S3 have 32 characters. */
function versionId(random: () => number): string {
  return Array.from({ length: 32 }, () => VERSION_CHARACTERS[Math.floor(random() * 64)]).join('');
}

/** Numerical Recipes' generator: good enough for made-up files. Its high bits are used. */
export function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
