import type { Clock } from '../core/clock.ts';

/** The clock and chance of this machine. A pending sleep alone does not keep the process alive. */
export const systemClock: Clock = {
  now: Date.now,
  sleep: (ms) =>
    new Promise((resolve) => {
      setTimeout(resolve, ms).unref();
    }),
  random: Math.random,
};
