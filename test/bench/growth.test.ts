import { expect, test } from 'vitest';
import { middleOf } from '../../bench/growth/growth.ts';
import { growthSections } from '../../bench/growth/sections.ts';
import type { Grown } from '../../bench/growth/work.ts';
import { DOLLARS_PER_RCU } from '../../bench/log/prices.ts';

function grown(cpuUs: number): Grown {
  return {
    ...{ grows: 'log', what: 'log of 100 records', size: 100, events: 20_000, group: 10, count: 100 },
    ...{ records: 2_000, wcu: 0.1, rcu: 0, reads: 0, cpuUs, cpuUsAtEnd: cpuUs, p50: 1, p99: 2 },
    ...{ heldBytes: 0, logBytes: 100, late: { reads: 7, readUnits: 200, cpuMs: 3 } },
  };
}

test('of several processes the one with the middle processor time is shown', () => {
  expect(middleOf([34, 22, 23].map(grown)).cpuUs).toBe(23);
  expect(() => middleOf([])).toThrow();
});

test('a late duplicate costs what prices.yml says of read units', () => {
  const late = growthSections([grown(1)], false)[1]!;
  expect(late.rows[0]![late.head.indexOf('$')]).toBeCloseTo(200 * DOLLARS_PER_RCU, 12);
});
