import { describe, expect, it } from 'vitest';
import type { Shape } from './shape.ts';
import { simulate } from './simulation.ts';

const SEEDS = [1, 2, 3, 4, 5];

describe('a seed', () => {
  it.each(SEEDS)('gives the same trace and the same figures twice (seed %i)', async (seed) => {
    const [first, second] = [await simulate(seed), await simulate(seed)];
    expect(second.hash).toBe(first.hash);
    expect(second.stats).toEqual(first.stats);
    expect(second.fired).toEqual(first.fired);
  });

  it('gives a trace of its own', async () => {
    const hashes = new Set<string>();
    for (const seed of SEEDS) hashes.add((await simulate(seed)).hash);
    expect(hashes.size).toBe(SEEDS.length);
  });

  it('gives the same trace whether somebody watches or not, and the trace is what is watched', async () => {
    const lines: string[] = [];
    const watched = await simulate(1, { echo: (line) => lines.push(line) });
    expect(watched.hash).toBe((await simulate(1)).hash);
    expect(lines.length).toBeGreaterThan(watched.stats.steps);
  });

  it('gives another trace when one fault less can strike', async () => {
    const withReplyLost = (rate: number) => ({
      reshape: (shape: Shape) => ({ ...shape, faults: { ...shape.faults, 'reply lost': rate } }),
    });
    const { hash, fired } = await simulate(2, withReplyLost(0.05));
    expect(fired.get('reply lost')).toBeGreaterThan(0);
    const calmer = await simulate(2, withReplyLost(0));
    expect(calmer.hash).not.toBe(hash);
  });
});
