import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { every } from '../../src/timers/every.ts';

test('a task runs at once, and again after it has failed', async () => {
  const problems: string[] = [];
  let runs = 0;
  const task = async () => {
    runs += 1;
    throw new Error(`run ${runs}`);
  };
  const stop = every(
    () => 1,
    task,
    ({ message }) => problems.push(message),
  );
  expect(runs).toBe(1);
  await expect.poll(() => problems.length).toBeGreaterThanOrEqual(2);
  await stop();
  expect(problems.slice(0, 2)).toEqual(['run 1', 'run 2']);
});

test('a task that is under way is told to stop, waited for, and what it rejects with is not told of', async () => {
  const problems: string[] = [];
  let runs = 0;
  const stop = every(
    () => 1,
    async (stopping) => {
      runs += 1;
      while (!stopping.aborted) await pause(1);
      throw new Error('ended early');
    },
    ({ message }) => problems.push(message),
  );
  await stop();
  expect(runs).toBe(1);
  expect(problems).toEqual([]);
});
