import { expect, it } from 'vitest';
import { FAULT_KINDS, type FaultKind } from './faults.ts';
import { type Run, runSeeds } from './run-seeds.ts';

const BLOCK = 25;
const BLOCK_MS_MAX = 180_000;

/** Tests that seeds from `start` on keep every promise, and that every fault struck while they did. */
export function testSeeds(start: number, count: number): void {
  const runs: Run[] = [];
  for (let first = start; first < start + count; first += BLOCK) {
    it(`keeps every promise for seeds ${first} to ${first + BLOCK - 1}`, {
      timeout: BLOCK_MS_MAX,
    }, async () => {
      const run = await runSeeds(first, BLOCK);
      runs.push(run);
      if (run.failures.length > 0) expect.fail(run.failures.join('\n\n'));
      expect(run.events).toBeGreaterThan(BLOCK);
    });
  }

  it('was struck by every kind of fault meanwhile', () => {
    const fired = (kind: FaultKind) => runs.reduce((sum, run) => sum + (run.fired.get(kind) ?? 0), 0);
    expect(FAULT_KINDS.filter((kind) => fired(kind) === 0)).toEqual([]);
  });

  it('closed windows for every reason meanwhile', () => {
    const reasons = new Set(runs.flatMap(({ batches }) => Object.keys(batches)));
    expect([...reasons].sort()).toEqual(['bytes', 'count', 'manual', 'marker', 'quiet', 'schedule', 'time']);
  });

  it('handed over batches that were too large for an input meanwhile', () => {
    expect(runs.reduce((sum, { manifests }) => sum + manifests, 0)).toBeGreaterThan(0);
  });

  it('spent on average at most 2 appends on a record and 10 reads on an event delivered', () => {
    const sum = (figure: 'appends' | 'records' | 'reads' | 'delivered') =>
      runs.reduce((total, run) => total + run[figure], 0);
    expect(sum('appends') / sum('records')).toBeLessThan(2);
    expect(sum('reads') / sum('delivered')).toBeLessThan(10);
  });
}
