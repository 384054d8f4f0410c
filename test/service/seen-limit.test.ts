import { expect, test } from 'vitest';
import type { Log } from '../../src/log/log.ts';
import { createSeenLimit } from '../../src/service/seen-limit.ts';
import { files, HOUR, memoryHome, START } from './memory-home.ts';
import { addRecord, partitionWith, REACH, remembered } from './partition-of-tens.ts';

const LONG_AFTER = 10 * REACH;

test('what all partitions remember is bounded: those that nobody will ask forget', () => {
  const limit = createSeenLimit(100);
  const old = ['a', 'b', 'c'].map((name) => partitionWith(name, 3));
  for (const partition of old) limit.end(partition, 0);
  expect(old.map(remembered)).toEqual([30, 30, 30]);
  const young = ['d', 'e'].map((name) => partitionWith(name, 3, LONG_AFTER));
  for (const partition of young) limit.end(partition, LONG_AFTER);
  expect(old.map(remembered).toSorted((a, b) => a - b)).toEqual([0, 0, 30]);
  expect(young.map(remembered)).toEqual([30, 30]);
});

test('what the next events will ask for is remembered far beyond the bound: it would be read back for each of them', () => {
  const limit = createSeenLimit(100);
  const partitions = Array.from({ length: 30 }, (_, index) => partitionWith(String(index), 4));
  for (const partition of partitions) limit.end(partition, REACH / 2);
  expect(partitions.every((partition) => remembered(partition) === 40)).toBe(true);
  // After an outage events ask for all that was committed since they were born.
  const behind = partitionWith('behind', 0);
  for (let seq = 1; seq <= 50; seq += 1) {
    limit.begin(behind);
    addRecord(behind, seq, seq * REACH);
    behind.asked = -REACH;
    limit.end(behind, seq * REACH);
  }
  expect(remembered(behind)).toBeGreaterThanOrEqual(450);
  expect(partitions.every((partition) => remembered(partition) === 0)).toBe(true);
});

test('what the next events will ask for is forgotten too where it would be sixteen times the bound', () => {
  const limit = createSeenLimit(10);
  // As when old dead letters come again: each partition was asked for all that it ever had.
  const partitions = Array.from({ length: 50 }, (_, index) => partitionWith(String(index), 1, LONG_AFTER));
  for (const partition of partitions) {
    partition.asked = 0;
    limit.end(partition, LONG_AFTER);
  }
  const held = partitions.map(remembered);
  expect(held.slice(0, 34).every((size) => size === 0)).toBe(true);
  expect(held.slice(34).every((size) => size === 10)).toBe(true);
  const alone = partitionWith('alone', 0);
  for (let seq = 1; seq <= 50; seq += 1) {
    limit.begin(alone);
    addRecord(alone, seq, seq * REACH);
    alone.asked = -REACH;
    limit.end(alone, seq * REACH);
    expect(remembered(alone)).toBeLessThanOrEqual(170);
  }
  expect(remembered(alone)).toBeGreaterThan(80);
});

test('a partition in use forgets nothing, however much the others remember', () => {
  const limit = createSeenLimit(100);
  const busy = partitionWith('busy', 4);
  limit.end(busy, 0);
  limit.begin(busy);
  for (let other = 0; other < 20; other += 1) {
    limit.end(partitionWith(`other-${other}`, 4, LONG_AFTER), LONG_AFTER);
  }
  expect(remembered(busy)).toBe(40);
  limit.end(busy, LONG_AFTER);
  limit.end(partitionWith('after', 4, LONG_AFTER), LONG_AFTER);
  limit.end(partitionWith('last', 4, 2 * LONG_AFTER), 2 * LONG_AFTER);
  for (let more = 0; more < 4; more += 1)
    limit.end(partitionWith(`${more}`, 4, 2 * LONG_AFTER), 2 * LONG_AFTER);
  expect(remembered(busy)).toBe(0);
});

test('a partition that grows for ever keeps its younger identities, and does not fill the bound with what it forgot', () => {
  const limit = createSeenLimit(100);
  const partition = partitionWith('hot', 0);
  for (let seq = 1; seq <= 50; seq += 1) {
    limit.begin(partition);
    addRecord(partition, seq, seq * REACH);
    limit.end(partition, seq * REACH);
    expect(remembered(partition)).toBeLessThanOrEqual(110);
    expect(remembered(partition)).toBeGreaterThanOrEqual(Math.min(seq * 10, 20));
  }
  const small = partitionWith('small', 1, 50 * REACH);
  limit.end(small, 50 * REACH);
  expect(remembered(small)).toBe(10);
});

test('a partition that is no longer known does not count', () => {
  const limit = createSeenLimit(100);
  const gone = partitionWith('gone', 5);
  const [first, second] = [partitionWith('first', 5), partitionWith('second', 5)];
  limit.end(gone, 0);
  limit.end(first, LONG_AFTER);
  limit.forget(gone);
  limit.end(second, LONG_AFTER);
  expect([first, second].map(remembered)).toEqual([50, 50]);
});

test('a tail holds no events: what is kept of them is bounded elsewhere', () => {
  const partition = partitionWith('a', 2);
  expect(partition.tail).toMatchObject({ seq: 2, events: [] });
  expect(remembered(partition)).toBe(20);
});

test('an event that comes again after its partition forgot is looked up in the log, and counted once', async () => {
  const home = memoryHome({ count: 1_000 });
  const looks: string[] = [];
  const counting: Log = {
    ...home.ports.log,
    readBackward(key, before, limit) {
      looks.push(key.partition);
      return home.ports.log.readBackward(key, before, limit);
    },
  };
  const service = home.process({ log: counting }, { identitiesRemembered: 30, recentEventsMax: 0 });
  const names = ['a', 'b', 'c', 'd', 'e'];
  for (const name of names) {
    await service.append(files(12, home.time.now, 0, `partners/${name}/`));
    home.time.now += HOUR / 2;
  }
  looks.length = 0;
  const lasting = await service.append(files(12, START + 2 * HOUR, 0, 'partners/e/'));
  expect(lasting.every(({ kind }) => kind === 'duplicate')).toBe(true);
  expect(looks).toEqual([]);
  const again = await service.append(files(12, START, 0, 'partners/a/'));
  expect(again.every(({ kind }) => kind === 'duplicate')).toBe(true);
  expect(looks).toEqual(['a']);
  for (const name of names) expect(await home.events(name)).toHaveLength(12);
});

test('a backlog of old events reads nothing back, though it is far beyond the bound', async () => {
  const home = memoryHome({ count: 1_000 });
  let looks = 0;
  const counting: Log = {
    ...home.ports.log,
    readBackward(key, before, limit) {
      looks += 1;
      return home.ports.log.readBackward(key, before, limit);
    },
  };
  const service = home.process({ log: counting }, { identitiesRemembered: 50, recentEventsMax: 0 });
  home.time.now = START + 8 * HOUR;
  await service.append(files(10));
  looks = 0;
  for (let round = 1; round <= 30; round += 1) {
    home.time.now += 1_000;
    for (const name of ['a', 'b']) await service.append(files(10, START, round * 10, `partners/${name}/`));
  }
  expect(looks).toBe(0);
  expect(await home.events('a')).toHaveLength(300);
});
