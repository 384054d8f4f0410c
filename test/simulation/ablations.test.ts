import { describe, expect, it } from 'vitest';
import { ablations } from './ablations.ts';
import { explain } from './explain.ts';
import { simulate } from './simulation.ts';

/** The rarest break shows in one seed of ten. */
const SEEDS_MAX = 100;
const TIMEOUT_MS = 120_000;

// What is shown here: each rule of the service is needed, and the checker sees when one is missing.
describe.each(ablations)('without the rule that $rule', ({ alterations, reshape, caughtBy }) => {
  it(`a promise is seen broken within ${SEEDS_MAX} seeds, all of which the whole service passes`, {
    timeout: TIMEOUT_MS,
  }, async () => {
    for (let seed = 1; seed <= SEEDS_MAX; seed++) {
      const whole = await simulate(seed, { reshape });
      if (whole.violations.length > 0) expect.fail(explain(whole));
      const ablated = await simulate(seed, { reshape, alterations });
      if (ablated.violations.some((violation) => caughtBy.test(violation))) return;
    }
    expect.fail(`No promise was seen broken in seeds 1 to ${SEEDS_MAX}.`);
  });
});
