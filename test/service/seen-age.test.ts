import { expect, test } from 'vitest';
import type { Log } from '../../src/log/log.ts';
import type { Partition } from '../../src/service/partition.ts';
import { createSeenLimit } from '../../src/service/seen-limit.ts';
import { files, HOUR, memoryHome, START } from './memory-home.ts';
import { addRecord, partitionWith, remembered } from './partition-of-tens.ts';

const MINUTE = 60_000;
const DAY = 24 * HOUR;
const FAR_BELOW = 1_000_000;

/** One record a minute, and what is remembered after each. */
function trickle(
  limit: ReturnType<typeof createSeenLimit>,
  partition: Partition,
  from: number,
  minutes: number,
) {
  return Array.from({ length: minutes }, (_, minute) => {
    const now = from + minute * MINUTE;
    limit.begin(partition);
    addRecord(partition, (partition.tail?.seq ?? 0) + 1, now);
    limit.end(partition, now);
    return remembered(partition);
  });
}

test('a steady trickle is remembered for half an hour at most, however far below the bound it is', () => {
  const sizes = trickle(createSeenLimit(FAR_BELOW), partitionWith('steady', 0), 0, 240);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(330);
  expect(Math.min(...sizes.slice(30))).toBeGreaterThanOrEqual(150);
});

test('partitions that are not used any more are forgotten beside one that is', () => {
  const limit = createSeenLimit(FAR_BELOW);
  const [steady, past] = [partitionWith('steady', 0), [] as Partition[]];
  for (let hour = 0; hour < 24; hour += 1) {
    const once = partitionWith(`hour-${hour}`, 3, hour * HOUR);
    limit.end(once, hour * HOUR);
    past.push(once);
    trickle(limit, steady, hour * HOUR, 60);
  }
  const [last] = past.slice(-1);
  expect(past.slice(0, -1).map(remembered)).toEqual(past.slice(0, -1).map(() => 0));
  expect(last && remembered(last)).toBeLessThanOrEqual(30);
});

test('what a late event asked for long ago holds nothing any more', () => {
  const limit = createSeenLimit(100);
  const now = 10 * DAY;
  const partitions = Array.from({ length: 30 }, (_, index) => partitionWith(String(index), 2, now));
  for (const partition of partitions) {
    // As for a dead letter of a week.
    partition.asked = now - 7 * DAY;
    limit.end(partition, now);
  }
  expect(partitions.map(remembered)).toEqual(partitions.map(() => 20));
  for (const partition of partitions) trickle(limit, partition, now + MINUTE, 1);
  const steady = partitionWith('steady', 0);
  trickle(limit, steady, now + 2 * HOUR, 600);
  expect(partitions.map(remembered)).toEqual(partitions.map(() => 0));
});

test('a clock that was a day ahead and is set back keeps nothing from being forgotten', () => {
  const limit = createSeenLimit(FAR_BELOW);
  const partition = partitionWith('a', 0);
  partition.asked = 100 * DAY;
  limit.end(partition, 101 * DAY);
  expect(Math.max(...trickle(limit, partition, 100 * DAY, 600))).toBeLessThanOrEqual(330);
});

test.each([
  ['ever younger, as from a queue', (round: number) => 7 * DAY - round * 3 * HOUR],
  ['of all ages', (round: number) => (2 + ((round * 7919) % 160)) * HOUR],
])(
  'late events %s, that come among fresh ones are read back once or twice, not each time',
  async (_, age) => {
    const home = memoryHome({ count: 10_000 });
    let read = 0;
    const counting: Log = {
      ...home.ports.log,
      async readBackward(key, before, limit) {
        const records = await home.ports.log.readBackward(key, before, limit);
        read += records.length;
        return records;
      },
    };
    const service = home.process({ log: counting }, { recentEventsMax: 0 });
    let file = 0;
    const append = (birth: number) => service.append(files(1, Math.max(START, birth), file++));
    const hours = 7 * 24;
    for (let hour = 0; hour < hours; hour += 1) {
      await append(home.time.now);
      home.time.now += HOUR;
    }
    for (let round = 0; round < 50; round += 1) {
      await append(home.time.now - age(round));
      home.time.now += MINUTE;
      await append(home.time.now);
      home.time.now += 2 * MINUTE;
    }
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThanOrEqual(2 * hours);
    expect(await home.events()).toHaveLength(file);
  },
);
