import type { Clock } from '../core/clock.ts';
import type { ObjectEvent } from '../core/event.ts';
import { backoffMs } from '../timers/backoff.ts';
import type { WakeAfter } from '../timers/wakeup.ts';
import { DeliveryFailedError } from './watch-problems.ts';

export interface DeliveriesOptions {
  onEvents(events: ObjectEvent[]): Promise<void>;
  onProblem(error: Error): void;
  clock: Pick<Clock, 'random'>;
  wakeAfter: WakeAfter;
}

/** Hands events over in small groups, each until it is taken. */
export interface Deliveries {
  add(event: ObjectEvent): void;
  /** Resolves when fewer than {@link WAITING_MAX} events wait. */
  room(): Promise<void>;
  /** Drops what waits; resolves when what is being handed over has ended. */
  stop(): Promise<void>;
  /** Events that were not taken yet. */
  readonly size: number;
}

/** Events in one group. More than that waits for the next, so that one put of the log can hold a group. */
export const GROUP_MAX = 250;

/** Groups handed over at the same time. */
export const GROUPS_AT_ONCE = 4;

/** Events in memory after which no more files are looked at; the folder itself is the longer queue. */
export const WAITING_MAX = 10_000;

/** How long a first event waits for company. */
const LINGER_MS = 20;

/** From this attempt on a refused group is halved, so that an event nobody can take does not hold up its neighbours. */
const HALVED_AFTER = 2;

const RETRY = { firstMs: 100, maxMs: 30_000 };

interface Group {
  events: ObjectEvent[];
  failures: number;
}

/** A group that is refused waits aside, longer each time, while the others go on. */
export function deliveriesTo(options: DeliveriesOptions): Deliveries {
  const { onEvents, onProblem, clock, wakeAfter } = options;
  let fresh: ObjectEvent[] = [];
  const again: Group[] = [];
  const running = new Set<Promise<void>>();
  const waits = new Set<() => void>();
  const gate = waitingRoom();
  let cancelLinger: (() => void) | undefined;
  let size = 0;
  let stopped = false;

  const pump = () => {
    cancelLinger?.();
    cancelLinger = undefined;
    while (!stopped && running.size < GROUPS_AT_ONCE) {
      const group = again.shift() ?? takeFresh();
      if (group === null) break;
      const run = handOver(group).finally(() => {
        running.delete(run);
        pump();
      });
      running.add(run);
    }
  };

  const takeFresh = (): Group | null => {
    if (fresh.length === 0) return null;
    const events = fresh.slice(0, GROUP_MAX);
    fresh = fresh.slice(GROUP_MAX);
    return { events, failures: 0 };
  };

  const handOver = async (group: Group) => {
    try {
      await onEvents(group.events);
    } catch (error) {
      if (!stopped) tryAgain({ ...group, failures: group.failures + 1 }, error);
      return;
    }
    size -= group.events.length;
    if (size < WAITING_MAX) gate.open();
  };

  const tryAgain = (group: Group, error: unknown) => {
    const { events, failures } = group;
    const retryInMs = backoffMs(RETRY, failures, clock.random);
    const cancel = wakeAfter(retryInMs, () => {
      waits.delete(cancel);
      again.push(...(failures > HALVED_AFTER ? halvesOf(group) : [group]));
      pump();
    });
    waits.add(cancel);
    onProblem(new DeliveryFailedError({ events: events.length, failures, retryInMs }, error));
  };

  return {
    add(event) {
      if (stopped) return;
      fresh.push(event);
      size++;
      if (fresh.length >= GROUP_MAX) pump();
      else cancelLinger ??= wakeAfter(LINGER_MS, pump);
    },
    async room() {
      if (!stopped && size >= WAITING_MAX) await gate.wait();
    },
    async stop() {
      stopped = true;
      cancelLinger?.();
      for (const cancel of waits) cancel();
      gate.open();
      await Promise.all(running);
    },
    get size() {
      return size;
    },
  };
}

function halvesOf({ events, failures }: Group): Group[] {
  if (events.length === 1) return [{ events, failures }];
  const middle = Math.ceil(events.length / 2);
  return [events.slice(0, middle), events.slice(middle)].map((half) => ({ events: half, failures }));
}

function waitingRoom() {
  let waiters: (() => void)[] = [];
  return {
    wait: () => new Promise<void>((resolve) => waiters.push(resolve)),
    open() {
      const released = waiters;
      waiters = [];
      for (const resolve of released) resolve();
    },
  };
}
