import type { Observation, Observer } from '../service/observation.ts';
import type { Announcement, Announcements } from './announcements.ts';

/** Keys that an entry keeps of an observation; the rest is only counted, so that entries stay small. */
export const KEYS_KEPT_MAX = 50;

/** One announcement or observation, numbered in the order in which this process heard of it. */
export type StreamEntry = { number: number } & (
  | { source: 'announcement'; announcement: Announcement }
  /** `keysLeftOut`: keys beyond {@link KEYS_KEPT_MAX} that the observation had. */
  | { source: 'observation'; observation: Observation; keysLeftOut: number }
);

export type StreamMessage =
  | ({ kind: 'entry' } & StreamEntry)
  /**
   * Entries after `lastSeen` are no longer held; `next` is the number of the entry that comes next. `missed` is null
   * when it cannot be known: `lastSeen` is a number of another life of this stream.
   */
  | { kind: 'gap'; lastSeen: number; next: number; missed: number | null };

/** May return a promise: its subscriber gets the next message when it resolves. One that throws or rejects is unsubscribed. */
export type StreamListener = (message: StreamMessage) => void | Promise<void>;

export interface AnnouncementStream extends Announcements {
  observe: Observer;
  /**
   * Hands over every entry after `lastSeen` that is still held, then every new one, in order and one at a time.
   * `null` starts with the next new entry. Entries that this subscriber was too slow for
   * are told as a gap. Nothing is delivered before `subscribe` has returned. Returns how to unsubscribe.
   */
  subscribe(lastSeen: number | null, listener: StreamListener): () => void;
  /** Number of the newest entry; one less than the first number while there is none. */
  readonly newest: number;
}

export interface StreamOptions {
  /** Entries held for those who come back; at least 1. */
  capacity: number;
  /**
   * Number of the first entry, 1 by default. A home that starts it at a number no earlier life can have reached (its
   * start in µs, say) lets a subscriber of an earlier life be told of the gap.
   */
  firstNumber?: number;
  /** A listener threw or rejected and was unsubscribed. */
  onProblem?: (error: unknown) => void;
}

/**
 * Announcements and observations of this process as one numbered stream, the latest `capacity` of them held in
 * memory. Publishing never waits: each subscriber reads the held entries at its own pace, so a slow one costs no
 * memory and a failing one ends alone.
 * @throws RangeError when `capacity` is no whole number from 1.
 */
export function announcementStream(options: StreamOptions): AnnouncementStream {
  const ring = entryRing(options.capacity, options.firstNumber ?? 1);
  const readers = new Set<() => void>();
  const publish = (entry: StreamEntry) => {
    ring.push(entry);
    for (const wake of readers) wake();
  };

  return {
    async announce(announcement) {
      publish({ number: ring.newest() + 1, source: 'announcement', announcement });
    },
    observe(observation) {
      publish({ number: ring.newest() + 1, source: 'observation', ...trimmed(observation) });
    },
    subscribe(lastSeen, listener) {
      const reader = readerOf(ring, lastSeen ?? ring.newest(), listener, (error) => {
        readers.delete(reader.wake);
        options.onProblem?.(error);
      });
      readers.add(reader.wake);
      reader.wake();
      return () => {
        readers.delete(reader.wake);
        reader.stop();
      };
    },
    get newest() {
      return ring.newest();
    },
  };
}

interface EntryRing {
  /** Number of the first entry of this life of the stream. */
  first: number;
  push(entry: StreamEntry): void;
  newest(): number;
  /** Number of the oldest entry held, or of the next one when none is. */
  oldest(): number;
  at(number: number): StreamEntry | undefined;
}

function entryRing(capacity: number, firstNumber: number): EntryRing {
  if (!Number.isSafeInteger(capacity) || capacity < 1) {
    throw new RangeError(`The stream's capacity is ${capacity}; expected a whole number of entries from 1.`);
  }
  const slots: StreamEntry[] = [];
  let newest = firstNumber - 1;
  return {
    first: firstNumber,
    push(entry) {
      newest = entry.number;
      slots[(newest - firstNumber) % capacity] = entry;
    },
    newest: () => newest,
    oldest: () => Math.max(firstNumber, newest - capacity + 1),
    at: (number) => slots[(number - firstNumber) % capacity],
  };
}

/** Walks the ring for one subscriber; at most one walk at a time. */
function readerOf(
  ring: EntryRing,
  lastSeen: number,
  listener: StreamListener,
  ended: (error: unknown) => void,
): { wake(): void; stop(): void } {
  let seen = lastSeen;
  let walking = false;
  let stopped = false;

  const next = (): StreamMessage | null => {
    const oldest = ring.oldest();
    if (seen > ring.newest()) {
      const gap: StreamMessage = { kind: 'gap', lastSeen: seen, next: oldest, missed: null };
      seen = oldest - 1;
      return gap;
    }
    if (seen < oldest - 1) {
      const missed = seen < ring.first - 1 ? null : oldest - 1 - seen;
      const gap: StreamMessage = { kind: 'gap', lastSeen: seen, next: oldest, missed };
      seen = oldest - 1;
      return gap;
    }
    const entry = seen < ring.newest() ? ring.at(seen + 1) : undefined;
    if (entry === undefined) return null;
    seen = entry.number;
    return { kind: 'entry', ...entry };
  };

  const walk = async () => {
    // Not before `subscribe` or `announce` has returned: a listener must not run inside them.
    await Promise.resolve();
    try {
      for (let message = next(); message !== null && !stopped; message = next()) await listener(message);
    } catch (error) {
      if (!stopped) ended(error);
      stopped = true;
    }
    walking = false;
  };

  return {
    wake() {
      if (walking || stopped) return;
      walking = true;
      void walk();
    },
    stop() {
      stopped = true;
    },
  };
}

function trimmed(observation: Observation): { observation: Observation; keysLeftOut: number } {
  if (!('keys' in observation) || observation.keys.length <= KEYS_KEPT_MAX) {
    return { observation, keysLeftOut: 0 };
  }
  const keys = observation.keys.slice(0, KEYS_KEPT_MAX);
  return { observation: { ...observation, keys }, keysLeftOut: observation.keys.length - KEYS_KEPT_MAX };
}
