import { expect, test } from 'vitest';
import { RECENT_MS, recentProblems } from '../../src/api/recent-problems.ts';
import { CommandFailedError } from '../../src/commands/in-process.ts';

test('problems are handed on, kept while they last, one sentence for all attempts, and forgotten', () => {
  let now = 1_000;
  const told: Error[] = [];
  const problems = recentProblems(
    () => now,
    (problem) => told.push(problem),
  );
  expect(problems.sentences()).toEqual([]);
  const command = { kind: 'flush-partition', flushId: 'f', route: 'sales', partition: '' } as const;
  for (const failures of [1, 2, 3]) {
    problems.note(new CommandFailedError(command, failures, 100, new Error('no pipeline')));
    now += RECENT_MS / 2;
  }
  problems.note(new Error('the disk is full'));
  expect(told).toHaveLength(4);
  expect(problems.sentences()).toEqual([
    'The command "flush-partition" failed 3 times in a row: no pipeline. It is tried again in 100 ms.',
    'the disk is full',
  ]);
  now += RECENT_MS;
  expect(problems.sentences()).toEqual(['the disk is full']);
  now += 1;
  expect(problems.sentences()).toEqual([]);
});

test('only the latest twenty are kept', () => {
  const problems = recentProblems(() => 0);
  for (let index = 0; index < 100; index += 1) problems.note(new Error(`problem ${index}`));
  expect(problems.sentences()).toHaveLength(20);
  expect(problems.sentences().at(-1)).toBe('problem 99');
});
