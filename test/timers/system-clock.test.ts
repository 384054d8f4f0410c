import { expect, test } from 'vitest';
import { functionClock, systemClock } from '../../src/timers/system-clock.ts';

test.each([
  ['of this machine', systemClock],
  ['of a function', functionClock],
])(
  'a sleep that nobody waits for any more ends, and its timer with it, on the clock %s',
  async (_, clock) => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const unwanted = new AbortController();
    const sleeps = Array.from({ length: 50 }, () => clock.sleep(3_600_000, unwanted.signal));
    unwanted.abort();
    await Promise.all(sleeps);
    expect(timers()).toBeLessThan(before + 50);
  },
);

test('a sleep lasts as long as it is asked to when it is wanted to the end', async () => {
  const began = performance.now();
  await systemClock.sleep(30, new AbortController().signal);
  // A timer of Node may come up to a millisecond early.
  expect(performance.now() - began).toBeGreaterThanOrEqual(29);
});
