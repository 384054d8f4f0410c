import { expect, test } from 'vitest';
import { benches, DEFAULT, find, MEASURED, UnknownBenchError } from '../../bench/registry.ts';

test('every bench is found by the name that it gives itself, and those that are kept are among them', async () => {
  const all = await benches();
  for (const { name, about } of all) {
    expect((await find(name)).name).toBe(name);
    expect(about).not.toBe('');
  }
  const names = all.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of [DEFAULT, ...MEASURED]) expect(names).toContain(name);
  expect(() => find('nonsense')).toThrow(UnknownBenchError);
});
