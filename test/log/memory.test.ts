import { expect, test } from 'vitest';
import { memoryLog } from '../../src/log/memory.ts';
import { describeLog } from '../contracts/log.ts';
import { plainRecord } from '../contracts/records.ts';

const close = async () => undefined;
describeLog({ name: 'memory', open: async () => ({ log: memoryLog(), close }) });
describeLog({
  name: 'memory, with pages of 2 and conflicts without a winner',
  open: async () => ({ log: memoryLog({ pageRecords: 2, handsOverWinner: false }), close }),
  skip: [
    { test: 'a conflict hands over the winner', reason: 'set up as an engine that does not' },
    {
      test: 'ranges are inclusive forward, exclusive backward, and ordered by number',
      reason: 'it expects more than two records from one read',
    },
  ],
});

test('a page holds at least one record and no more than it was set up for', async () => {
  const log = memoryLog({ pageRecords: 2 });
  const key = { route: 'r', partition: '' };
  for (let seq = 1; seq <= 5; seq += 1) await log.append(key, plainRecord(seq, seq));
  expect((await log.readForward(key, 1, 10)).map((record) => record.seq)).toEqual([1, 2]);
  expect((await log.readBackward(key, 6, 10)).map((record) => record.seq)).toEqual([5, 4]);
  expect((await log.readForward(key, 5, 10)).map((record) => record.seq)).toEqual([5]);
});
