import { expect, it } from 'vitest';
import { ALL_EVERY_MS, HINTS_MAX, roundsOf } from '../../src/objects/watch-rounds.ts';
import { fakeTime } from '../timers/fake-time.ts';

const HOUR = 3_600_000;

it('there is one round at start, and no other for a while as long as nothing happens', async () => {
  const { rounds, time, done } = open();
  await rounds.first;
  await time.pass(ALL_EVERY_MS - 10_000);
  expect(done).toEqual(['all']);
});

it('every file is looked at gently from time to time, whatever hints say', async () => {
  const { rounds, time, done } = open();
  await rounds.first;
  await time.pass(ALL_EVERY_MS + 10_000);
  expect(done).toEqual(['all', 'all, gently']);
  for (let index = 0; index < HINTS_MAX; index++) rounds.hinted();
  await time.pass(ALL_EVERY_MS + 10_000);
  expect(done).toEqual(['all', 'all, gently', 'names', 'all, gently']);
});

it('as many hints as the system could have dropped some of are followed by a look for names, fewer are not', async () => {
  const { rounds, time, done } = open();
  await rounds.first;
  for (let index = 0; index < HINTS_MAX - 1; index++) rounds.hinted();
  await time.pass(60_000);
  expect(done).toEqual(['all']);
  rounds.hinted();
  await time.pass(60_000);
  expect(done).toEqual(['all', 'names']);
  await time.pass(60_000);
  expect(done).toEqual(['all', 'names']);
});

it('a hint that does not say what it is about is followed by one look for names, one during it by another', async () => {
  const { rounds, time, done, during } = open();
  await rounds.first;
  rounds.missed();
  rounds.missed();
  await time.pass(60_000);
  expect(done).toEqual(['all', 'names']);
  during.do = () => {
    during.do = () => {};
    rounds.missed();
  };
  rounds.missed();
  await time.pass(60_000);
  expect(done).toEqual(['all', 'names', 'names', 'names']);
});

it('a look for names does not wait for the end of a gentle one, and stop waits for both', async () => {
  const { rounds, time, done, during } = open();
  await rounds.first;
  const { promise, resolve } = Promise.withResolvers<void>();
  during.gently = promise;
  await time.pass(ALL_EVERY_MS + 10_000);
  rounds.missed();
  await time.pass(ALL_EVERY_MS + 10_000);
  expect(done).toEqual(['all', 'all, gently', 'names']);
  let stopped = false;
  const stop = rounds.stop().then(() => {
    stopped = true;
  });
  await time.pass(10_000);
  expect(stopped).toBe(false);
  resolve();
  await stop;
});

it('rounds follow one another where hints cannot be relied on', async () => {
  const { rounds, time, done } = open();
  await rounds.first;
  rounds.keepGoing();
  await time.pass(60_000);
  expect(done.length).toBeGreaterThan(10);
  expect(new Set(done)).toEqual(new Set(['all']));
});

it('no round begins after stop, and no timer is left', async () => {
  const { rounds, time, done } = open();
  await rounds.first;
  rounds.keepGoing();
  await rounds.stop();
  await time.pass(HOUR);
  expect(done).toEqual(['all']);
  expect(time.planned).toBe(0);
});

function open() {
  const time = fakeTime();
  const done: string[] = [];
  const during = { do: () => {}, gently: Promise.resolve() };
  const rounds = roundsOf({
    wakeAfter: time.wakeAfter,
    async all(gently) {
      done.push(gently ? 'all, gently' : 'all');
      during.do();
      if (gently) await during.gently;
    },
    async names() {
      done.push('names');
      during.do();
    },
  });
  return { rounds, time, during, done };
}
