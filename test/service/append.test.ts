import { describe, expect, test } from 'vitest';
import { type Appended, LogUnavailableError } from '../../src/log/log.ts';
import { encodedBytes, RECORD_BYTES_MAX } from '../../src/log/record.ts';
import { files, HOUR, memoryHome, START } from './memory-home.ts';

describe('append', () => {
  test('says of each event what became of it, in order', async () => {
    const home = memoryHome();
    const service = home.process();
    const [one, two] = files(2);
    const marker = { ...files(1)[0]!, key: 'in/folder/', size: 0 };
    const stray = { ...files(1)[0]!, key: 'nowhere/x.csv' };
    const outcomes = await service.append([one!, marker, stray, two!, one!]);
    expect(outcomes.map(({ kind }) => kind)).toEqual([
      'committed',
      'ignored',
      'unrouted',
      'committed',
      'duplicate',
    ]);
    expect(await home.events()).toHaveLength(2);
    expect(home.observed.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['unrouted', 'ignored', 'duplicates']),
    );
  });

  test('counts a redelivery as nothing, in this process and in another that starts cold', async () => {
    const home = memoryHome();
    const warm = home.process();
    await warm.append(files(30));
    home.time.now += 10 * 60_000;
    for (const service of [warm, home.process()]) {
      const outcomes = await service.append(files(30));
      expect(outcomes.every(({ kind }) => kind === 'duplicate')).toBe(true);
    }
    expect(await home.events()).toHaveLength(30);
  });

  test('finds a dead letter that comes back after a week', async () => {
    const home = memoryHome();
    const service = home.process();
    await service.append(files(3));
    for (let day = 1; day <= 7; day += 1) {
      home.time.now = START + day * 24 * HOUR;
      await service.append(files(20, home.time.now, day * 1000));
    }
    const outcomes = await home.process().append(files(3));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['duplicate', 'duplicate', 'duplicate']);
  });

  test('counts another write of the same key', async () => {
    const home = memoryHome();
    const service = home.process();
    const [first] = files(1);
    await service.append([first!]);
    const [outcome] = await service.append([{ ...first!, sequencer: 'ff' }]);
    expect(outcome?.kind).toBe('committed');
  });

  test('says that time ran out, not that others are too fast, when a race is lost at the end of an invocation', async () => {
    const home = memoryHome();
    const late = home.process({}, { timeLeftMs: () => 0 });
    await late.append(files(1));
    await home.process().append(files(1, START, 1000));
    await expect(late.append(files(1, START, 2000))).rejects.toThrow(
      expect.objectContaining({ name: 'OutOfTimeError' }),
    );
    // It was only given back: with time, it is counted.
    await home.process().append(files(1, START, 2000));
    expect(await home.events()).toHaveLength(3);
  });

  test('reads nothing for fresh events in a warm process', async () => {
    const home = memoryHome();
    const reads: string[] = [];
    const { log } = home.ports;
    const counting = new Proxy(log, {
      get(target, name, receiver) {
        if (name !== 'append') reads.push(String(name));
        return Reflect.get(target, name, receiver);
      },
    });
    const service = home.process({ log: counting });
    await service.append(files(5));
    expect(reads.length).toBeGreaterThan(0);
    reads.length = 0;
    for (let round = 1; round <= 10; round += 1) {
      home.time.now += 1000;
      await service.append(files(5, home.time.now, round * 100));
    }
    expect(reads).toEqual([]);
  });

  test('lets callers that wait share one put, and answers each for its own events', async () => {
    const home = memoryHome({ count: 1000 });
    const service = home.process();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, caller) => service.append(files(4, START, caller * 4))),
    );
    expect(answers.every((outcomes) => outcomes.length === 4)).toBe(true);
    expect(await home.events()).toHaveLength(200);
    const records = home.observed.filter(({ kind }) => kind === 'committed');
    expect(records.length).toBeLessThan(10);
  });

  test('many processes on one window: every event once, every count batch exact', async () => {
    const home = memoryHome({ count: 10 });
    const processes = Array.from({ length: 8 }, () => home.process());
    await Promise.all(
      processes.flatMap((service, p) =>
        [0, 1, 2].map((g) => service.append(files(7, START, (p * 3 + g) * 7))),
      ),
    );
    expect(new Set((await home.events()).map(({ key }) => key)).size).toBe(168);
    expect(await home.events()).toHaveLength(168);
    const batches = await home.batches();
    expect(batches).toHaveLength(16);
    expect(batches.every(({ count }) => count === 10)).toBe(true);
  });

  test('recognises its own put when the answer was lost', async () => {
    const home = memoryHome({ count: 5 });
    const { log } = home.ports;
    let lost = 0;
    const lossy = {
      ...log,
      async append(...args: Parameters<typeof log.append>): Promise<Appended> {
        const appended = await log.append(...args);
        if (lost++ > 0) return appended;
        throw new LogUnavailableError(args[0], new Error('socket hang up'));
      },
    };
    await home.process({ log: lossy }).append(files(5));
    expect(lost).toBeGreaterThan(1);
    expect(await home.events()).toHaveLength(5);
    expect(home.executions.calls.map(({ already }) => already)).toEqual([false]);
  });

  test('rejects everyone who waits when the log cannot be read, and works again afterwards', async () => {
    const home = memoryHome();
    const { log } = home.ports;
    let down = true;
    const failing = {
      ...log,
      tail: (...args: Parameters<typeof log.tail>) =>
        down ? Promise.reject(new LogUnavailableError(args[0], 'down')) : log.tail(...args),
    };
    const service = home.process({ log: failing });
    const answers = await Promise.allSettled([service.append(files(1)), service.append(files(1, START, 5))]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    down = false;
    expect((await service.append(files(1)))[0]?.kind).toBe('committed');
  });

  test('splits what does not fit into one item', async () => {
    const home = memoryHome({ count: 10_000 });
    const long = files(900).map((event, index) => ({ ...event, key: `in/${noise(index)}.csv` }));
    await home.process().append(long);
    const records = home.observed.filter(({ kind }) => kind === 'committed');
    expect(records.length).toBeGreaterThan(1);
    expect(await home.events()).toHaveLength(900);
  });

  test('splits what does not fit because of something else than its keys', async () => {
    const home = memoryHome({ count: 10_000 });
    const bytes: number[] = [];
    const { log } = home.ports;
    const weighing = {
      ...log,
      append(...args: Parameters<typeof log.append>) {
        bytes.push(encodedBytes(...args));
        return log.append(...args);
      },
    };
    const versioned = files(600).map((event, index) => ({ ...event, versionId: noise(index) }));
    await home.process({ log: weighing }).append(versioned);
    expect(Math.max(...bytes)).toBeLessThanOrEqual(RECORD_BYTES_MAX);
    expect(await home.events()).toHaveLength(600);
  });

  test('reports an event from the future, and still counts it', async () => {
    const home = memoryHome();
    const future = START + 5 * 60_000;
    await home.process().append(files(1, future));
    expect(home.observed).toContainEqual(
      expect.objectContaining({ kind: 'clock-skew', aheadMs: 5 * 60_000 }),
    );
    expect(await home.openWindow()).toMatchObject({ openedAt: START });
  });
});

/** A kilobyte that does not compress. */
function noise(seed: number): string {
  let state = seed + 1;
  let text = '';
  while (text.length < 1000) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += String.fromCharCode(0x21 + ((state >>> 16) % 90));
  }
  return text;
}
