import { expect, test } from 'vitest';
import { armOpenWindows } from '../../src/service/arm-open.ts';
import { files, memoryHome, START } from './memory-home.ts';

const PARTNERS = ['ann', 'bob', 'eve'];

test('every open window is armed from the items alone, whatever the log holds and without reading it', async () => {
  const home = memoryHome({ count: 2 });
  await home
    .process()
    .append(PARTNERS.flatMap((partner, index) => files(1, START, index, `partners/${partner}/`)));
  // Closed by count: nothing is open there any more.
  await home.process().append(files(1, START, 10, 'partners/bob/'));
  const before = home.armed.filter(({ partition }) => partition !== 'bob');
  home.armed.length = 0;

  const timers = { arm: async (deadline: (typeof home.armed)[number]) => void home.armed.push(deadline) };
  expect(await armOpenWindows({ projections: home.ports.projections, timers })).toBe(2);
  expect(home.armed).toEqual(before);
});

test('arming ends where the home is stopped', async () => {
  const home = memoryHome({ count: 2 });
  await home
    .process()
    .append(PARTNERS.flatMap((partner, index) => files(1, START, index, `partners/${partner}/`)));
  const stopping = new AbortController();
  const timers = { arm: async () => stopping.abort() };
  expect(await armOpenWindows({ projections: home.ports.projections, timers }, stopping.signal)).toBe(1);
  expect(await armOpenWindows({ projections: home.ports.projections, timers })).toBe(3);
});
