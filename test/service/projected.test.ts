import { expect, test } from 'vitest';
import { files, HOUR, memoryHome, START } from './memory-home.ts';

const key = { route: 'sales', partition: '' };

test('a redelivery of events of long ago never shows an older batch as the last', async () => {
  const home = memoryHome({ count: 4 });
  const service = home.process();
  await service.append(files(4));
  await service.append(files(5, START, 10));
  await service.append(files(1, START, 20));
  await home.process().append(files(4));
  const item = await home.ports.projections.partition(key);
  expect(item?.position).toMatchObject({ record: 3, windowSeq: 3 });
  expect(item?.position?.lastBatch?.seq ?? 2).toBe(2);
});

test('a late deadline of a closed window arms none: such timers would make timers without end', async () => {
  const home = memoryHome({ count: 3 });
  const service = home.process();
  await service.append(files(2));
  const [deadline] = home.armed;
  // Each closes the window before it and opens the next.
  for (let round = 1; round <= 3; round += 1) await service.append(files(3, START, round * 10));
  expect(await home.batches()).toHaveLength(3);
  home.armed.length = 0;
  home.time.now = START + HOUR / 2;
  await service.handle({ kind: 'deadline', ...deadline! });
  expect(home.armed).toEqual([]);
  // The redelivery of what opened the window of now does.
  await service.append(files(1, START, 32));
  expect(home.armed).toMatchObject([{ windowSeq: 4, at: START + HOUR }]);
});

test('a late deadline of a window that is settled reads no more of the log than its tail', async () => {
  const home = memoryHome({ count: 3 });
  const service = home.process();
  await service.append(files(1));
  for (let round = 1; round <= 40; round += 1) await service.append(files(3, START, round * 10));
  const { log, projections } = home.ports;
  const late = home.armed[0]!;
  const reads: string[] = [];
  const counting = {
    ...log,
    tail: (asked: typeof key) => {
      reads.push('tail');
      return log.tail(asked);
    },
    get: (asked: typeof key, seq: number) => {
      reads.push('get');
      return log.get(asked, seq);
    },
  };
  const deliver = async () => {
    reads.length = 0;
    await home.process({ log: counting }).handle({ kind: 'deadline', ...late });
    return reads.filter((read) => read === 'get').length;
  };
  // While nobody knows that its batch was started, its record is searched for.
  expect(await deliver()).toBeGreaterThan(2);
  await projections.settle(key, late.epoch, 1);
  expect(await deliver()).toBe(0);
  expect(reads).toContain('tail');
});

test('a late deadline starts every batch of the record that closed its window, also those that have no timer', async () => {
  const home = memoryHome({ count: 3 });
  await home.process().append(files(1));
  const dead = () => new Promise<never>(() => {});
  // Closes window 1 and, within the same record, opens and closes windows 2 and 3; then dies.
  void home.process({ executions: { ...home.executions, start: dead } }).append(files(8, START, 10));
  await expect.poll(() => home.batches()).toHaveLength(3);
  expect(home.executions.calls).toEqual([]);
  home.time.now = START + HOUR;
  await home.process().handle({ kind: 'deadline', ...home.armed[0]! });
  expect(home.executions.calls.map(({ name }) => name)).toEqual((await home.batches()).map(({ id }) => id));
});

test('a commit that closes hundreds of windows starts their executions a few at a time', async () => {
  const home = memoryHome({ count: 1 });
  const { executions } = home;
  let atOnce = 0;
  let most = 0;
  const counting = {
    ...executions,
    async start(request: Parameters<typeof executions.start>[0]) {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      atOnce -= 1;
      return executions.start(request);
    },
  };
  await home.process({ executions: counting }).append(files(300));
  expect(executions.calls).toHaveLength(300);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(32);
});
