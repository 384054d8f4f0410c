import { expect, test } from 'vitest';
import type { Log } from '../../src/log/log.ts';
import { advance, type Partition, unknownPartition } from '../../src/service/partition.ts';
import { createSeenLimit } from '../../src/service/seen-limit.ts';
import { plainRecord, realisticEvent, seeded } from '../contracts/records.ts';
import { files, memoryHome, START } from './memory-home.ts';

/** A partition whose log has so many records of ten events. */
function partitionWith(name: string, records: number): Partition {
  const partition = unknownPartition({ route: 'sales', partition: name });
  for (let seq = 1; seq <= records; seq += 1) addRecord(partition, seq);
  return partition;
}

function addRecord(partition: Partition, seq: number): void {
  const events = Array.from({ length: 10 }, (_, index) => {
    const number = seq * 10 + index;
    return realisticEvent(seeded(number), number);
  });
  advance(partition, { ...plainRecord(seq, 1), events }, 0);
}

const remembered = ({ young, old }: Partition) => young.seen.size + old.seen.size;

test('what all partitions remember is bounded: those used longest ago forget first', () => {
  const limit = createSeenLimit(100);
  const partitions = ['a', 'b', 'c', 'd'].map((name) => partitionWith(name, 4));
  for (const partition of partitions) limit.end(partition);
  expect(partitions.map(remembered)).toEqual([0, 0, 40, 40]);
  const [, , c, d] = partitions as [Partition, Partition, Partition, Partition];
  limit.begin(c);
  addRecord(c, 5);
  limit.end(c);
  expect([c, d].map(remembered)).toEqual([50, 40]);
  limit.end(partitionWith('e', 2));
  expect([c, d].map(remembered)).toEqual([50, 0]);
});

test('a partition in use forgets nothing, however much the others remember', () => {
  const limit = createSeenLimit(100);
  const busy = partitionWith('busy', 4);
  limit.end(busy);
  limit.begin(busy);
  for (let other = 0; other < 20; other += 1) limit.end(partitionWith(`other-${other}`, 4));
  expect(remembered(busy)).toBe(40);
  limit.end(busy);
  limit.end(partitionWith('last', 5));
  expect(remembered(busy)).toBe(40);
  limit.end(partitionWith('after', 5));
  expect(remembered(busy)).toBe(0);
});

test('a partition that grows for ever keeps its younger identities, and does not fill the bound with what it forgot', () => {
  const limit = createSeenLimit(100);
  const partition = partitionWith('hot', 0);
  for (let seq = 1; seq <= 50; seq += 1) {
    limit.begin(partition);
    addRecord(partition, seq);
    limit.end(partition);
    expect(remembered(partition)).toBeLessThanOrEqual(110);
    expect(remembered(partition)).toBeGreaterThanOrEqual(Math.min(seq * 10, 50));
  }
  const small = partitionWith('small', 1);
  limit.end(small);
  expect(remembered(small)).toBe(10);
});

test('a partition that is no longer known does not count', () => {
  const limit = createSeenLimit(100);
  const gone = partitionWith('gone', 5);
  const [first, second] = [partitionWith('first', 5), partitionWith('second', 5)];
  limit.end(gone);
  limit.end(first);
  limit.forget(gone);
  limit.end(second);
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
  for (const name of names) await service.append(files(12, START, 0, `partners/${name}/`));
  looks.length = 0;
  const lasting = await service.append(files(12, START, 0, 'partners/e/'));
  expect(lasting.every(({ kind }) => kind === 'duplicate')).toBe(true);
  expect(looks).toEqual([]);
  const again = await service.append(files(12, START, 0, 'partners/a/'));
  expect(again.every(({ kind }) => kind === 'duplicate')).toBe(true);
  expect(looks).toEqual(['a']);
  for (const name of names) expect(await home.events(name)).toHaveLength(12);
});
