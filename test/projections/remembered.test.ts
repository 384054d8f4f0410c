import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { PartitionKey } from '../../src/core/window.ts';
import { memoryProjections } from '../../src/projections/memory.ts';
import type { PartitionItem, PartitionPosition, Projections } from '../../src/projections/projections.ts';
import { rememberedProjections } from '../../src/projections/remembered.ts';
import { registered } from '../../src/service/registry.ts';

const keyOf = (partition: string): PartitionKey => ({ route: 'sales', partition });

function positionOf(record: number, epoch = 'e1'): PartitionPosition {
  const window = {
    openedAt: record,
    deadline: record + 10,
    limits: { count: 5, windowMs: 10 },
    policyVersion: 'v1',
  };
  return { epoch, record, windowSeq: record, window: record % 2 === 0 ? null : window, lastBatch: null };
}

async function all(projections: Projections): Promise<PartitionItem[]> {
  const items: PartitionItem[] = [];
  for await (const item of registered(projections, 'sales')) items.push(item);
  return items;
}

async function filled(count: number): Promise<Projections> {
  const kept = memoryProjections();
  for (let index = 0; index < count; index += 1) {
    const key = keyOf(`p${String(index).padStart(5, '0')}`);
    await kept.register(key);
    await kept.advance(key, positionOf(1));
  }
  return kept;
}

test('reads the partitions of a route once, and then lists them as they are written', async () => {
  const kept = await filled(2_500);
  const read = vi.spyOn(kept, 'partitions');
  const projections = rememberedProjections(kept);
  expect(await all(projections)).toHaveLength(2_500);
  expect(read).toHaveBeenCalledTimes(3);
  await projections.register(keyOf('p00007-new'));
  await projections.advance(keyOf('p00007'), positionOf(4));
  await projections.settle(keyOf('p00008'), 'e1', 3);
  expect(await all(projections)).toEqual(await all(kept));
  expect((await all(projections)).slice(7, 10)).toMatchObject([
    { partition: 'p00007', position: { record: 4, window: null } },
    { partition: 'p00007-new', position: null },
    { partition: 'p00008', settledTo: 3 },
  ]);
});

test('lists what is written while it reads for the first time, in whatever order the two come', async () => {
  const change = fc.record({
    partition: fc.constantFrom('a', 'b', 'c', 'z', 'é', '𝒳'),
    kind: fc.constantFrom('register', 'advance', 'settle'),
    record: fc.integer({ min: 1, max: 6 }),
    epoch: fc.constantFrom('e1', 'e2'),
  });
  const property = fc.asyncProperty(
    fc.array(change, { maxLength: 8 }),
    fc.array(change, { minLength: 1, maxLength: 8 }),
    fc.scheduler(),
    async (before, during, scheduler) => {
      const kept = memoryProjections();
      const apply = (to: Projections, { partition, kind, record, epoch }: (typeof before)[number]) => {
        const key = keyOf(partition);
        if (kind === 'register') return to.register(key);
        return kind === 'advance'
          ? to.advance(key, positionOf(record, epoch))
          : to.settle(key, epoch, record);
      };
      // As the home does: a position first, for batches are settled in an epoch that the item shows.
      for (const each of before)
        await apply(kept, { ...each, kind: each.kind === 'settle' ? 'advance' : each.kind });
      const slow: Projections = {
        ...kept,
        partitions: scheduler.scheduleFunction(kept.partitions),
        register: scheduler.scheduleFunction(kept.register),
        advance: scheduler.scheduleFunction(kept.advance),
        settle: scheduler.scheduleFunction(kept.settle),
      };
      const projections = rememberedProjections(slow);
      const work = [all(projections), ...during.map((each) => apply(projections, each)), all(projections)];
      await scheduler.waitFor(Promise.all(work));
      const listed = await scheduler.waitFor(all(projections));
      expect(listed).toEqual(await all(kept));
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

test('reads anew after a write of which it is not known whether it was done', async () => {
  const kept = await filled(3);
  const projections = rememberedProjections({
    ...kept,
    async advance(key, position) {
      await kept.advance(key, position);
      throw new Error('the answer was lost');
    },
  });
  expect(await all(projections)).toHaveLength(3);
  await expect(projections.advance(keyOf('p00001'), positionOf(2))).rejects.toThrow('the answer was lost');
  expect((await all(projections))[1]?.position?.record).toBe(2);
  expect((await projections.partition(keyOf('p00001')))?.position?.record).toBe(2);
});

test('asks again where it could not read', async () => {
  const kept = await filled(3);
  vi.spyOn(kept, 'partitions').mockRejectedValueOnce(new Error('not now'));
  const projections = rememberedProjections(kept);
  await expect(all(projections)).rejects.toThrow('not now');
  expect(await all(projections)).toHaveLength(3);
});

test('remembers nothing where partitions are too many, and lists them all the same', async () => {
  const kept = await filled(2_500);
  const read = vi.spyOn(kept, 'partitions');
  const projections = rememberedProjections(kept, 2_000);
  expect(await all(projections)).toHaveLength(2_500);
  const once = read.mock.calls.length;
  expect(await all(projections)).toHaveLength(2_500);
  expect(read.mock.calls.length).toBe(once + 3);
  await projections.advance(keyOf('p02400'), positionOf(2));
  expect((await projections.partition(keyOf('p02400')))?.position?.record).toBe(2);
});
