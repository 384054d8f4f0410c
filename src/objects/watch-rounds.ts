import type { WakeAfter } from '../timers/wakeup.ts';

export interface RoundsOptions {
  /** Looks through all folders once. */
  round(): Promise<void>;
  wakeAfter: WakeAfter;
}

/** Rounds through the folders: one at start, and more as long as there is reason to. */
export interface Rounds {
  /** The first round has ended. */
  first: Promise<void>;
  /** Something happened: one more round follows. */
  stirred(): void;
  /** Hints cannot be relied on: rounds follow one another. */
  keepGoing(): void;
  stop(): Promise<void>;
}

/** Time between two rounds, and how many times its own length a round is followed by rest. */
const REST_MS = 5_000;
const REST_FACTOR = 5;

/**
 * Why rounds at all, when folders are watched: the system's queue of notices is bounded (16,384 on Linux) and what
 * overflows is dropped without a word to Node. So every burst is followed by a round; an idle folder costs nothing.
 */
export function roundsOf({ round, wakeAfter }: RoundsOptions): Rounds {
  let due = false;
  let always = false;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let cancelRest = () => {};

  const run = async () => {
    due = false;
    const started = performance.now();
    await round();
    rest(Math.max(REST_MS, REST_FACTOR * (performance.now() - started)));
  };

  const rest = (ms: number) => {
    if (stopped) return;
    cancelRest = wakeAfter(ms, () => {
      if (due || always) running = run();
      else rest(REST_MS);
    });
  };

  const first = run();
  running = first;
  return {
    first,
    stirred() {
      due = true;
    },
    keepGoing() {
      always = true;
    },
    async stop() {
      stopped = true;
      cancelRest();
      await running;
    },
  };
}
