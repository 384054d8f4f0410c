import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cutIntoUnits } from '../../pipelines/process-files/work-unit.ts';
import { unitsOf } from '../../src/cost/costs.ts';
import { FIGURES } from '../../src/cost/figures.ts';
import { steps } from '../../src/cost/steps.ts';
import { countTransitions, DefinitionUncountableError } from '../../src/cost/transitions.ts';
import type { Objects } from '../../src/objects/objects.ts';
import { type Home, openHome } from '../pipelines/home.ts';

/** What the shipped pipeline really does, against what is charged for. */

const definition = await readFile(
  new URL('../../pipelines/process-files/definition.asl', import.meta.url),
  'utf8',
);

let home: Home;
let requests: Record<string, number>;

beforeEach(async () => {
  requests = {};
  home = await openHome({ objects: counting });
});
afterEach(() => home.close());

test.each([1, 7])('the transitions of a batch of %i good files are those that are counted', async (count) => {
  const files = Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`sales/${index}.csv`, `a,b\n${index},2\n`]),
  );
  const events = await home.put(files);
  requests = {};
  const { status, trace } = await home.run(events);
  expect(status).toBe('succeeded');
  const entered = trace.filter(({ kind }) => kind === 'entered').length;
  expect(countTransitions(definition, ['$.units[0]'], 1)).toBe(entered);
});

test('a batch of good files asks of S3 what is charged for', async () => {
  const events = await home.put({
    'sales/1.csv': 'a,b\n1,2\n',
    'sales/2.csv': 'a,b\n3,4\n',
    'sales/3.csv': 'a,b\n5,6\n',
  });
  requests = {};
  await home.run(events);
  const lines = steps({ executions: 1, files: 3, units: 1 }, FIGURES, 'arm64');
  const charged = (price: string) =>
    lines.filter((line) => line.price === price).reduce((sum, { quantity }) => sum + quantity, 0);
  expect(requests.gets).toBe(charged('s3Gets'));
  expect(requests.puts).toBe(charged('s3Puts'));
});

test('a batch is cut into as many units as the pipeline cuts it into', () => {
  for (const [files, size] of [
    [1, 1],
    [1_000, 50_000],
    [1_001, 50_000],
    [100, 30 * 2 ** 20],
    [50_000, 10],
    [1, 2 ** 30],
    [2, 2 ** 30],
  ] as const) {
    const event = { bucket: 'landing', key: 'k', size };
    const units = cutIntoUnits(Array.from({ length: files }, () => event)).length;
    const charged = unitsOf(files, size);
    // Whole files seldom fill a unit to its last byte.
    expect(charged).toBeGreaterThan(units * 0.75);
    expect(charged).toBeLessThanOrEqual(units);
  }
});

test('what cannot be counted is said to be so', () => {
  const loop = { StartAt: 'A', States: { A: { Type: 'Pass', Next: 'A' } } };
  const parallel = { StartAt: 'A', States: { A: { Type: 'Parallel', End: true } } };
  for (const text of ['no JSON', '{}', JSON.stringify(loop), JSON.stringify(parallel)]) {
    expect(() => countTransitions(text, [], 1)).toThrow(DefinitionUncountableError);
  }
  const nowhere = JSON.stringify({ StartAt: 'B', States: {} });
  expect(() => countTransitions(nowhere, [], 1)).toThrow('it has no state "B"');
});

function counting(objects: Objects): Objects {
  const counted =
    <Given extends unknown[], Answer>(kind: 'gets' | 'puts', ask: (...given: Given) => Answer) =>
    (...given: Given) => {
      requests[kind] = (requests[kind] ?? 0) + 1;
      return ask(...given);
    };
  return {
    ...objects,
    read: counted('gets', objects.read),
    head: counted('gets', objects.head),
    toFile: counted('gets', objects.toFile),
    write: counted('puts', objects.write),
    fromFile: counted('puts', objects.fromFile),
  };
}
