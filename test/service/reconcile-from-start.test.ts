import { expect, test } from 'vitest';
import type { Ports } from '../../src/service/ports.ts';
import { type FromStart, reconcilingFromStart } from '../../src/service/reconcile-from-start.ts';
import { files, memoryHome, START } from './memory-home.ts';

const EVERY_MS = 300_000;
const PARTNERS = ['ann', 'bob', 'eve'];
const always = new AbortController().signal;

/** A home with a window open per partner and one batch, all of it started and armed by a process that is dead. */
async function homeAtStart() {
  const home = memoryHome({ count: 2 });
  const opened = PARTNERS.flatMap((partner, index) => files(1, START, index, `partners/${partner}/`));
  await home.process().append([...opened, ...files(2, START, 10)]);
  home.armed.length = 0;
  const problems: unknown[] = [];
  return {
    ...home,
    problems,
    starting(replaced: Partial<Ports>): FromStart {
      const ports = { ...home.ports, ...replaced };
      const service = home.process(replaced);
      const clock = { random: () => 1 };
      return reconcilingFromStart({
        ...{ ports, service, clock, everyMs: EVERY_MS },
        onProblem: (error) => void problems.push(error),
      });
    },
    armedPartners: () => [...new Set(home.armed.map(({ partition }) => partition))].toSorted(),
  };
}

const silent = async () => {
  throw new Error('no answer');
};

test('windows that nobody could list at the start are armed by the run that can, soon and no sooner each time', async () => {
  const home = await homeAtStart();
  const { projections } = home.ports;
  const answering = { yet: false };
  const routes = async () => (answering.yet ? projections.routes() : silent());
  const reconciling = home.starting({ projections: { ...projections, routes } });
  const rests: number[] = [];
  for (let run = 1; run <= 12; run += 1) {
    await expect(reconciling.run(always)).rejects.toThrow('no answer');
    rests.push(reconciling.restMs());
  }
  expect(rests.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
  expect(rests.at(-1)).toBe(EVERY_MS);
  expect(home.problems).toHaveLength(12);
  answering.yet = true;
  await reconciling.run(always);
  expect(home.armedPartners()).toEqual(PARTNERS);
  expect(reconciling.restMs()).toBe(EVERY_MS);
  home.armed.length = 0;
  await reconciling.run(always);
  expect(home.armed).toEqual([]);
});

test('a window that could not be seen to at the start is armed by the next run, soon', async () => {
  const home = await homeAtStart();
  const { log, projections } = home.ports;
  const broken = new Set(['bob']);
  const reconciling = home.starting({
    log: { ...log, tail: async (key) => (broken.has(key.partition) ? silent() : log.tail(key)) },
    // No item shows a window: each was killed before it had written one.
    projections: {
      ...projections,
      async partitions(route, page) {
        const { items, more } = await projections.partitions(route, page);
        return { more, items: items.map((item) => ({ ...item, position: null })) };
      },
    },
  });
  await expect(reconciling.run(always)).rejects.toThrow('no answer');
  expect(home.armedPartners()).toEqual(['ann', 'eve']);
  expect(reconciling.restMs()).toBe(1_000);
  broken.clear();
  await reconciling.run(always);
  expect(home.armedPartners()).toEqual(PARTNERS);
  expect(reconciling.restMs()).toBe(EVERY_MS);
});

test('what ran before the start is asked after by the run that can list it', async () => {
  const home = await homeAtStart();
  const { projections } = home.ports;
  const answering = { yet: false };
  const reconciling = home.starting({
    executions: { ...home.executions, describe: async () => null },
    projections: {
      ...projections,
      batchesSince: async (route, page) => (answering.yet ? projections.batchesSince(route, page) : silent()),
    },
  });
  await expect(reconciling.run(always)).rejects.toThrow('no answer');
  expect(reconciling.restMs()).toBe(1_000);
  const before = home.executions.calls.length;
  answering.yet = true;
  await reconciling.run(always);
  expect(home.executions.calls.length).toBe(before + 1);
});

test('a batch that can never be started is no reason to be at the start for ever', async () => {
  const home = await homeAtStart();
  await home.process({ executions: { ...home.executions, start: silent } }).append(files(2, START, 20));
  const reconciling = home.starting({ executions: { ...home.executions, start: silent } });
  await expect(reconciling.run(always)).rejects.toThrow('no answer');
  expect(reconciling.restMs()).toBe(EVERY_MS);
  expect(home.armedPartners()).toEqual(PARTNERS);
  home.armed.length = 0;
  home.time.now += 120_000;
  await expect(reconciling.run(always)).rejects.toThrow('no answer');
  expect(home.armed).toEqual([]);
});
