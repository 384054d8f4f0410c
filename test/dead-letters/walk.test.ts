import type { Message } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { freshMessages } from '../../src/dead-letters/walk.ts';

/** A queue whose messages show themselves again after so many receives, as hidden ones do after their time. */
function queueOf(letters: number, showsAgainAfter: number) {
  const hiddenUntil = new Map<number, number>();
  let receives = 0;
  const asked: { most: number; hiddenS: number }[] = [];
  return {
    asked,
    receives: () => receives,
    receive: async (most: number, hiddenS: number): Promise<Message[]> => {
      asked.push({ most, hiddenS });
      receives += 1;
      const found: Message[] = [];
      for (let id = 0; id < letters && found.length < Math.min(most, 10); id += 1) {
        if ((hiddenUntil.get(id) ?? 0) > receives) continue;
        hiddenUntil.set(id, receives + showsAgainAfter);
        found.push({ MessageId: String(id), ReceiptHandle: `${id}/${receives}` });
      }
      return found;
    },
  };
}

async function walk(queue: ReturnType<typeof queueOf>, limit: number, expected: number) {
  const seen: string[] = [];
  const receipts = new Map<string, string>();
  for await (const { all, fresh } of freshMessages(limit, expected, queue.receive)) {
    seen.push(...fresh.map(({ MessageId: id = '' }) => id));
    for (const { MessageId: id = '', ReceiptHandle: receipt = '' } of all) receipts.set(id, receipt);
  }
  return { seen, receipts };
}

test('ten thousand letters are each seen once, hidden long enough for it', async () => {
  const queue = queueOf(10_000, Number.POSITIVE_INFINITY);
  const { seen } = await walk(queue, 20_000, 10_000);
  expect(seen).toHaveLength(10_000);
  expect(new Set(seen).size).toBe(10_000);
  expect(queue.asked[0]?.hiddenS).toBe(530);
});

test('never more than the limit', async () => {
  for (const limit of [1, 9, 10, 11, 35, 40]) {
    expect((await walk(queueOf(100, 1_000), limit, 100)).seen).toHaveLength(limit);
  }
});

test('letters that show themselves again end the walk, not the letters behind them', async () => {
  // Every letter is back after 20 receives, so that some rounds bring old ones among the new.
  const { seen } = await walk(queueOf(300, 20), 1_000, 300);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.length).toBeGreaterThanOrEqual(200);
});

test('a letter that was seen again is dealt with by its newest receipt', async () => {
  const { receipts } = await walk(queueOf(5, 1), 100, 5);
  for (const [id, receipt] of receipts) expect(Number(receipt.slice(id.length + 1))).toBeGreaterThan(1);
});

test('few letters are asked for one receive at a time, none twice', async () => {
  const queue = queueOf(3, 1_000);
  await walk(queue, 100, 3);
  expect(queue.receives()).toBe(2);
});
