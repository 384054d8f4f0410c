import type { Clock } from '../core/clock.ts';

/** The clock and chance of this machine. A pending sleep alone does not keep the process alive. */
export const systemClock: Clock = {
  now: Date.now,
  sleep: (ms, unwanted) => pause(ms, unwanted, false),
  random: Math.random,
};

/**
 * The same for a function in Lambda, where a pending sleep keeps the process alive: Lambda ends an invocation in which
 * nothing is left to wait for (Runtime.NodeJsExit), and a pause between two requests must not look like that. Idle
 * connections do not count.
 */
export const functionClock: Clock = {
  ...systemClock,
  sleep: (ms, unwanted) => pause(ms, unwanted, true),
};

function pause(ms: number, unwanted: AbortSignal | undefined, keepsAlive: boolean): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    if (!keepsAlive) timer.unref();
    unwanted?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
