import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explain } from './explain.ts';
import type { Shape } from './shape.ts';
import { simulate } from './simulation.ts';

const folder = new URL('fixtures/', import.meta.url);
const TIMEOUT_MS = 60_000;

/** Worlds in which a promise was broken once. Whole, not as seeds: what a seed expands to may change. */
const saved = readdirSync(folder).map((file) => {
  const { broke, shape } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as {
    broke: string;
    shape: Shape;
  };
  return { name: file.replace('.json', ''), broke, shape };
});

describe('worlds that once broke the service', () => {
  it('are kept', () => {
    expect(saved.length).toBeGreaterThan(2);
  });

  it.each(saved)('do so no more: $name', { timeout: TIMEOUT_MS }, async ({ shape }) => {
    const simulation = await simulate(shape.seed, { reshape: () => shape });
    if (simulation.violations.length > 0) expect.fail(explain(simulation));
    expect(simulation.stats.events).toBeGreaterThan(0);
  });
});
