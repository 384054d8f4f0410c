import { expect, test } from 'vitest';
import { inOrder } from '../../pipelines/process-files/in-order.ts';

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test('results come in the order of their items, whichever is made first', async () => {
  const ends: (() => void)[] = [];
  const work = (item: number) => new Promise<number>((resolve) => ends.push(() => resolve(item)));
  const results = all(inOrder([1, 2, 3], 3, work));
  await expect.poll(() => ends.length).toBe(3);
  for (const end of ends.reverse()) end();
  expect(await results).toEqual([1, 2, 3]);
});

test('no more are made ahead than asked for, and never fewer while there are some', async () => {
  let begun = 0;
  const results = inOrder(
    Array.from({ length: 20 }, (_, item) => item),
    4,
    async (item) => {
      begun += 1;
      return item;
    },
  );
  for (let used = 0; used < 20; used += 1) {
    expect(await results.next()).toEqual({ done: false, value: used });
    expect(begun).toBe(Math.min(20, used + 5));
  }
  expect(await results.next()).toMatchObject({ done: true });
});

test('a failure is thrown when its turn comes, and not before', async () => {
  const results = inOrder([1, 2, 3], 3, async (item) => {
    if (item === 2) throw new Error('second');
    return item;
  });
  expect(await results.next()).toMatchObject({ value: 1 });
  await expect(results.next()).rejects.toThrow('second');
});
