import { expect, it } from 'vitest';
import { roundsOf } from '../../src/objects/watch-rounds.ts';
import { fakeTime } from '../timers/fake-time.ts';

const HOUR = 3_600_000;

it('there is one round at start, and no other as long as nothing happens', async () => {
  const { rounds, time, count } = open();
  await rounds.first;
  await time.pass(HOUR);
  expect(count()).toBe(1);
});

it('a burst is followed by one round, one that goes on during it by another', async () => {
  const { rounds, time, count, during } = open();
  await rounds.first;
  for (let index = 0; index < 100; index++) rounds.stirred();
  await time.pass(HOUR);
  expect(count()).toBe(2);
  during.do = () => {
    during.do = () => {};
    rounds.stirred();
  };
  rounds.stirred();
  await time.pass(HOUR);
  expect(count()).toBe(4);
});

it('rounds follow one another where hints cannot be relied on', async () => {
  const { rounds, time, count } = open();
  await rounds.first;
  rounds.keepGoing();
  await time.pass(60_000);
  expect(count()).toBeGreaterThan(10);
});

it('no round begins after stop, and no timer is left', async () => {
  const { rounds, time, count } = open();
  await rounds.first;
  rounds.keepGoing();
  await rounds.stop();
  await time.pass(HOUR);
  expect(count()).toBe(1);
  expect(time.planned).toBe(0);
});

function open() {
  const time = fakeTime();
  let rounds = 0;
  const during = { do: () => {} };
  const subject = roundsOf({
    wakeAfter: time.wakeAfter,
    async round() {
      rounds++;
      during.do();
    },
  });
  return { rounds: subject, time, during, count: () => rounds };
}
