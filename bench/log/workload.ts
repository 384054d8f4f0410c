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
  /** Of a hundred micro-batches, this many are delivered a second time. */
  redeliveredPercent: number;
  seed: number;
}

export const HOT: Omit<Workload, 'k' | 'seed'> = { prefixes: 1, keys: 'dated', redeliveredPercent: 2 };

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
}

/** Micro-batches without end; some come again after the next. The n-th new event is file n. */
export function* deliveries(workload: Workload): Generator<Delivery, never> {
  const random = lcg(workload.seed);
  let file = 0;
  let again: ObjectEvent[] | null = null;
  for (;;) {
    const events: ObjectEvent[] = [];
    while (events.length < workload.k) {
      events.push(event(file, workload, random));
      file += 1;
    }
    yield { events, again: false };
    if (again) yield { events: again, again: true };
    again = random() * 100 < workload.redeliveredPercent ? events : null;
  }
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

function event(file: number, { prefixes: count, keys }: Workload, random: () => number): ObjectEvent {
  const prefix = prefixNamed(Math.floor(random() * count));
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
