import type { WakeAfter } from '../timers/wakeup.ts';

export interface RoundsOptions {
  /** Looks at every file there is; `gently` when nobody waits for it. */
  all(gently: boolean): Promise<void>;
  /** Looks at the names that are new in folders that changed. */
  names(): Promise<void>;
  wakeAfter: WakeAfter;
}

/** Rounds through the folders: one at start, and more as long as there is reason to. */
export interface Rounds {
  /** The first round has ended. */
  first: Promise<void>;
  /** A hint came. */
  hinted(): void;
  /** A hint may have got lost: new names are looked for. */
  missed(): void;
  /** Hints cannot be relied on: rounds follow one another. */
  keepGoing(): void;
  stop(): Promise<void>;
}

/** Time between two rounds, and how many times its own length a round is followed by rest. */
const REST_MS = 5_000;
const REST_FACTOR = 5;

/** Hints after which names are looked for: a quarter of what Linux holds for us before it drops any. */
export const HINTS_MAX = 4_096;

/** Rest after which every file is looked at once more. */
export const ALL_EVERY_MS = 600_000;

/**
 * Why rounds at all, when folders are watched: the system's queue of notices is bounded (fs.inotify.max_queued_events,
 * 16,384 on Linux) and what overflows is dropped without a word to Node. Fewer hints than that cannot have lost any; after
 * more, folders that changed are listed again. And a folder on another machine may give no hints at all, so that every
 * file is looked at from time to time.
 */
export function roundsOf({ all, names, wakeAfter }: RoundsOptions): Rounds {
  let hints = 0;
  let always = false;
  let stopped = false;
  let sinceAllMs = 0;
  let gentle: Promise<void> | undefined;
  let running: Promise<void> = Promise.resolve();
  let cancelRest = () => {};

  const run = async (round: () => Promise<void>) => {
    hints = 0;
    const started = performance.now();
    await round();
    rest(Math.max(REST_MS, REST_FACTOR * (performance.now() - started)));
  };

  const allOver = async () => {
    await gentle;
    await all(false);
  };

  /** Goes on for long; what is more urgent does not wait for it. */
  const allGently = async () => {
    await all(true);
    sinceAllMs = 0;
    gentle = undefined;
  };

  const rest = (ms: number) => {
    if (stopped) return;
    cancelRest = wakeAfter(ms, () => {
      sinceAllMs += ms;
      if (!always && sinceAllMs >= ALL_EVERY_MS) gentle ??= allGently();
      if (always) running = run(allOver);
      else if (hints >= HINTS_MAX) running = run(names);
      else rest(REST_MS);
    });
  };

  const first = run(allOver);
  running = first;
  return {
    first,
    hinted() {
      hints++;
    },
    missed() {
      hints = HINTS_MAX;
    },
    keepGoing() {
      always = true;
    },
    async stop() {
      stopped = true;
      cancelRest();
      await Promise.all([running, gentle]);
    },
  };
}
