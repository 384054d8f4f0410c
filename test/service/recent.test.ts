import { describe, expect, test } from 'vitest';
import type { Log } from '../../src/log/log.ts';
import { files, HOUR, memoryHome, START } from './memory-home.ts';

const flushAll = { reason: 'manual', who: 'ada', scope: {}, minEvents: 1 } as const;

/** The log, and how often its records were read forward: that is how a batch is read back. */
function readBacks(log: Log) {
  const calls = { count: 0 };
  const counting: Log = {
    ...log,
    readForward(key, from, limit) {
      calls.count += 1;
      return log.readForward(key, from, limit);
    },
  };
  return { calls, counting };
}

/** Inputs of 25 events in batches of 10 and a flush, delivered three at a time by one process. */
async function inputsWith(recentEventsMax: number) {
  const home = memoryHome({ count: 10 });
  const { calls, counting } = readBacks(home.ports.log);
  const service = home.process({ log: counting }, { recentEventsMax });
  for (let from = 0; from < 25; from += 3) await service.append(files(3, START + from, from));
  await service.flush({ id: 'now', ...flushAll });
  return { inputs: home.executions.calls.map(({ name, input }) => ({ name, input })), calls };
}

function keysOf(input = ''): string[] {
  return JSON.parse(input).events.map(({ key }: { key: string }) => key);
}

describe('a batch whose records are at hand', () => {
  test('is not read back, and its input is the same as if it were', async () => {
    const remembering = await inputsWith(1000);
    const forgetting = await inputsWith(0);
    expect(remembering.calls.count).toBe(0);
    expect(forgetting.calls.count).toBe(3);
    expect(forgetting.inputs.map(({ input }) => JSON.parse(input).events.length)).toEqual([10, 10, 7]);
    // The epoch, and so the ids, are the same: the clock stands still.
    expect(remembering.inputs).toEqual(forgetting.inputs);
  });

  test('is read back by a process that did not see its window open', async () => {
    const home = memoryHome({ count: 4 });
    await home.process().append(files(2));
    const { calls, counting } = readBacks(home.ports.log);
    const second = home.process({ log: counting });
    await second.append(files(3, START, 10));
    expect(calls.count).toBe(1);
    expect(keysOf(home.executions.calls[0]?.input)).toEqual([
      'in/0.csv',
      'in/1.csv',
      'in/10.csv',
      'in/11.csv',
    ]);
  });

  test('holds what another process put between', async () => {
    const home = memoryHome({ count: 6 });
    const { calls, counting } = readBacks(home.ports.log);
    const first = home.process({ log: counting });
    await first.append(files(2));
    await home.process().append(files(2, START, 10));
    await first.append(files(2, START, 20));
    expect(keysOf(home.executions.calls[0]?.input)).toEqual([
      'in/0.csv',
      'in/1.csv',
      'in/10.csv',
      'in/11.csv',
      'in/20.csv',
      'in/21.csv',
    ]);
    expect(calls.count).toBe(0);
  });

  test('starts at its deadline without reading it back', async () => {
    const home = memoryHome();
    const { calls, counting } = readBacks(home.ports.log);
    const service = home.process({ log: counting });
    await service.append(files(5));
    home.time.now = START + HOUR;
    await service.handle({ kind: 'deadline', ...home.armed[0]! });
    expect(home.executions.calls).toHaveLength(1);
    expect(calls.count).toBe(0);
  });
});

test('what is at hand is bounded over all partitions: those used longest ago are read back', async () => {
  const home = memoryHome({ count: 4 });
  const { calls, counting } = readBacks(home.ports.log);
  const service = home.process({ log: counting }, { recentEventsMax: 6 });
  for (const name of ['a', 'b', 'c']) await service.append(files(3, START, 0, `partners/${name}/`));
  await service.append(files(1, START, 10, 'partners/c/'));
  await service.append(files(1, START, 10, 'partners/b/'));
  expect(calls.count).toBe(0);
  await service.append(files(1, START, 10, 'partners/a/'));
  expect(calls.count).toBe(1);
  expect(home.executions.calls).toHaveLength(3);
});

test('an event that comes again is recognised at hand while its window is open, and read once after it closed', async () => {
  const home = memoryHome({ count: 20 });
  const gets: number[] = [];
  const counting: Log = {
    ...home.ports.log,
    get(key, seq) {
      gets.push(seq);
      return home.ports.log.get(key, seq);
    },
  };
  const service = home.process({ log: counting });
  await service.append(files(5));
  await service.append(files(5, START, 10));
  const again = await service.append(files(5));
  expect(again.map(({ kind }) => kind)).toEqual(Array.from({ length: 5 }, () => 'duplicate'));
  expect(gets).toEqual([]);
  await service.append(files(10, START, 20));
  expect(await home.batches()).toHaveLength(1);
  await service.append([...files(5), ...files(5, START, 10)]);
  expect(gets).toEqual([1, 2]);
  expect(await home.events()).toHaveLength(20);
});
