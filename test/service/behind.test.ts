import { describe, expect, test } from 'vitest';
import type { Log } from '../../src/log/log.ts';
import { memoryLog } from '../../src/log/memory.ts';
import { files, HOUR, memoryHome, START } from './memory-home.ts';

describe('a process whose memory of a log is behind', () => {
  test.each([5, 50, 500])('by %i records commits and closes as if it were not', async (records) => {
    const home = memoryHome({ count: 10_000 });
    const [appending, closing, other] = [home.process(), home.process(), home.process()];
    await appending.append(files(1));
    await closing.append(files(1, START, 1));
    for (let round = 0; round < records; round += 1) await other.append(files(1, START, 10 + round));

    const again = [...files(1, START, 10), ...files(1, START, 9 + records), ...files(1, START, 5000)];
    const outcomes = await appending.append(again);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['duplicate', 'duplicate', 'committed']);
    home.time.now = START + HOUR;
    await closing.handle({ kind: 'deadline', ...home.armed[0]! });
    expect(await home.batches()).toMatchObject([{ reason: 'time', count: records + 3 }]);
  });

  test.each([4, 6, 9])(
    'finds what stands in a log that went back and grew again to %i records',
    async (length) => {
      const home = memoryHome();
      const stored = { log: memoryLog() };
      const log = whichever(stored);
      const service = home.process({ log });
      for (let round = 0; round < 6; round += 1) await service.append(files(1, START, round));

      stored.log = await firstRecordsOf(stored.log, 3);
      home.time.now += 2 * HOUR;
      const other = home.process({ log });
      for (let round = 3; round < length; round += 1) await other.append(files(1, START, 100 + round));
      const late = files(1, START, 103);
      expect(await service.append(late)).toMatchObject([{ kind: 'duplicate', record: 4 }]);
      const again = files(1, START, 5);
      expect(await service.append(again)).toMatchObject([{ kind: 'committed', record: length + 1 }]);
    },
  );
});

test('a process that loses race after race reads once for each further try, all that came meanwhile', async () => {
  const home = memoryHome({ count: 10_000 });
  const { log } = home.ports;
  const [other, calls] = [home.process(), [] as string[]];
  let [races, next] = [0, 100];
  const racing: Log = {
    ...log,
    async append(key, record) {
      // Before each of its first four puts, another process puts three records.
      for (let round = 0; races < 4 && round < 3; round += 1) await other.append(files(1, START, next++));
      races += 1;
      calls.push('append');
      return log.append(key, record);
    },
    tail: (key) => {
      calls.push('tail');
      return log.tail(key);
    },
    readForward: (key, from, limit) => {
      calls.push('read');
      return log.readForward(key, from, limit);
    },
  };
  const service = home.process({ log: racing });
  await service.append(files(2));
  // The first loss hands over the winner; each after that costs one read.
  expect(calls).toEqual(['tail', 'append', 'append', 'read', 'append', 'read', 'append', 'read', 'append']);
  expect(await home.events()).toHaveLength(14);
});

test('a process that has to look far back asks for ever more at once, and finds what comes again', async () => {
  const home = memoryHome({ count: 10_000 });
  const other = home.process();
  for (let round = 0; round < 3_000; round += 1) await other.append(files(1, START, round));
  let calls = 0;
  const counting: Log = {
    ...home.ports.log,
    readBackward(key, before, limit) {
      calls += 1;
      return home.ports.log.readBackward(key, before, limit);
    },
  };
  const outcomes = await home.process({ log: counting }).append(files(1));
  expect(outcomes).toMatchObject([{ kind: 'duplicate', record: 1 }]);
  // 100, 200, 400, 800, 1,600 records, where a hundred each time would take thirty.
  expect(calls).toBe(5);
});

test('a process that is behind records so large that a read returns few of them meets no races', async () => {
  const home = memoryHome({ count: 10_000 });
  const paged: Log = {
    ...home.ports.log,
    readForward: async (key, from, limit) => (await home.ports.log.readForward(key, from, limit)).slice(0, 3),
  };
  const [idle, other] = [home.process({ log: paged }), home.process()];
  await idle.append(files(1));
  for (let round = 0; round < 95; round += 1) {
    home.time.now += 1_000;
    await other.append(files(1, home.time.now, 10 + round));
  }
  const conflicts = () => home.observed.filter(({ kind }) => kind === 'conflict').length;
  const before = conflicts();
  home.time.now += 1_000;
  expect(await idle.append(files(1, home.time.now, 500))).toMatchObject([{ kind: 'committed', record: 97 }]);
  expect(conflicts() - before).toBeLessThanOrEqual(2);
});

describe('an event that comes again from further back than is remembered', () => {
  const LATE = 3_000;

  async function muchLater() {
    const home = memoryHome({ count: 10_000 });
    const other = home.process();
    for (let round = 0; round < LATE; round += 1) {
      home.time.now += 1_000;
      await other.append(files(1, home.time.now, round));
    }
    return home;
  }

  test.each([1, 100, 2_500])(
    'is found, and only %i identities or a page more are remembered',
    async (max) => {
      const home = await muchLater();
      const service = home.process({}, { lookBackMax: max });
      const late = [...files(1, START + 1_000, 0), ...files(1, START + 5_000, 9_000)];
      expect(await service.append(late)).toMatchObject([
        { kind: 'duplicate', record: 1 },
        { kind: 'committed', record: LATE + 1 },
      ]);
      // Once more, from the same process: what was read without being remembered counts as read by nobody.
      expect(await service.append(late)).toMatchObject([
        { kind: 'duplicate', record: 1 },
        { kind: 'duplicate', record: LATE + 1 },
      ]);
      expect(await home.events()).toHaveLength(LATE + 1);
    },
  );
});

/** Passes every call on to the log that is stored at the moment. */
function whichever(stored: { log: Log }): Log {
  return {
    tail: (...args) => stored.log.tail(...args),
    append: (...args) => stored.log.append(...args),
    get: (...args) => stored.log.get(...args),
    readForward: (...args) => stored.log.readForward(...args),
    readBackward: (...args) => stored.log.readBackward(...args),
  };
}

/** A copy of the plain partition's log as it was after so many records. */
async function firstRecordsOf(log: Log, count: number): Promise<Log> {
  const key = { route: 'sales', partition: '' };
  const copy = memoryLog();
  for (const record of await log.readForward(key, 1, count)) await copy.append(key, record);
  return copy;
}
