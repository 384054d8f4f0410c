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

/**
 * The same for a function in Lambda, where a pending sleep keeps the process alive: Lambda ends an invocation in which
 * nothing is left to wait for (Runtime.NodeJsExit), and a pause between two requests must not look like that. Idle
 * connections do not count.
 */
export const functionClock: Clock = {
  ...systemClock,
  sleep: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
};
