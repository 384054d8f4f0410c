import { expect, test } from 'vitest';
import { createService } from '../../src/service/create-service.ts';
import { files, memoryHome, policy, START } from './memory-home.ts';

const router = {
  route: () => ({ route: 'sales', partition: '' }),
  policy: () => policy(),
  names: () => ['sales'],
};

test('only a commit that something follows from is watched, and only until all is done', async () => {
  const home = memoryHome();
  const watches: number[] = [];
  const unwanted: AbortSignal[] = [];
  const clock = {
    now: () => START,
    random: () => 0.5,
    sleep(ms: number, signal?: AbortSignal) {
      watches.push(ms);
      if (signal) unwanted.push(signal);
      return new Promise<void>(() => {});
    },
  };
  const options = { manifestBucket: 'manifests', effectsTimeoutMs: 20_000 };
  const service = createService(home.ports, router, clock, options);
  // Opens a window.
  await service.append(files(10));
  expect(watches).toEqual([20_000]);
  // Fill it.
  for (let round = 1; round < 9; round += 1) await service.append(files(10, START, round * 10));
  expect(watches).toEqual([20_000]);
  // Closes it.
  await service.append(files(10, START, 90));
  expect(watches).toEqual([20_000, 20_000]);
  expect(home.executions.calls).toHaveLength(1);
  // Delivered again: the effects of what holds them are redone.
  await service.append(files(10, START, 50));
  expect(watches).toHaveLength(3);
  expect(unwanted.map(({ aborted }) => aborted)).toEqual([true, true, true]);
});
