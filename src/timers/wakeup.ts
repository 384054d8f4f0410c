/** Calls `wake` once after about this many ms, unless the returned function cancels it first. */
export type WakeAfter = (ms: number, wake: () => void) => () => void;

/** Node's limit: a longer delay overflows a 32-bit integer and fires at once. */
const DELAY_MS_MAX = 2 ** 31 - 1;

/** `setTimeout`; delays outside 0 to 2^31 − 1 ms are cut, so callers look at their clock when woken. */
export const systemWakeAfter: WakeAfter = (ms, wake) => {
  const timeout = setTimeout(wake, Math.min(Math.max(ms, 0), DELAY_MS_MAX));
  return () => clearTimeout(timeout);
};
