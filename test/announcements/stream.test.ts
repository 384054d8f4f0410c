import { describe, expect, it } from 'vitest';
import {
  type AnnouncementStream,
  announcementStream,
  KEYS_KEPT_MAX,
  type StreamMessage,
} from '../../src/announcements/stream.ts';
import { announcementOf, announcementsContract } from '../contracts/announcements.ts';

announcementsContract('the stream in memory', async () => {
  const stream = announcementStream({ capacity: 1_000 });
  return {
    announcements: stream,
    received: async () =>
      (await heldBy(stream)).flatMap((message) =>
        message.kind === 'entry' && message.source === 'announcement' ? [message.announcement] : [],
      ),
    close: async () => undefined,
  };
});

describe('announcement stream', () => {
  it('replays what came after the last entry seen, then goes on with what is new', async () => {
    const stream = announcementStream({ capacity: 10 });
    await announceMany(stream, 5);
    const heard: number[] = [];
    const stop = stream.subscribe(3, (message) => void heard.push(numberOf(message)));
    await expect.poll(() => heard).toEqual([4, 5]);
    await announceMany(stream, 2);
    await expect.poll(() => heard).toEqual([4, 5, 6, 7]);
    stop();
    await announceMany(stream, 1);
    expect(stream.newest).toBe(8);
    await settled();
    expect(heard).toEqual([4, 5, 6, 7]);
  });

  it('starts with the next entry for a subscriber that has seen none', async () => {
    const stream = announcementStream({ capacity: 10 });
    await announceMany(stream, 5);
    const heard: number[] = [];
    stream.subscribe(null, (message) => void heard.push(numberOf(message)));
    await announceMany(stream, 1);
    await expect.poll(() => heard).toEqual([6]);
  });

  it('tells how many entries are no longer held, and goes on with the oldest one', async () => {
    const stream = announcementStream({ capacity: 3 });
    await announceMany(stream, 10);
    const heard = await heldBy(stream, 2);
    expect(heard[0]).toEqual({ kind: 'gap', lastSeen: 2, next: 8, missed: 5 });
    expect(heard.slice(1).map(numberOf)).toEqual([8, 9, 10]);
  });

  it('tells no gap when the next entry is the oldest one held', async () => {
    const stream = announcementStream({ capacity: 3 });
    await announceMany(stream, 10);
    expect((await heldBy(stream, 7)).map((message) => message.kind)).toEqual(['entry', 'entry', 'entry']);
  });

  it('tells a gap of unknown size to a subscriber of an earlier life, whichever way its number lies', async () => {
    const ahead = announcementStream({ capacity: 3 });
    await announceMany(ahead, 2);
    expect((await heldBy(ahead, 500))[0]).toEqual({ kind: 'gap', lastSeen: 500, next: 1, missed: null });
    const behind = announcementStream({ capacity: 3, firstNumber: 1_000 });
    await announceMany(behind, 2);
    const heard = await heldBy(behind, 500);
    expect(heard[0]).toEqual({ kind: 'gap', lastSeen: 500, next: 1_000, missed: null });
    expect(heard.slice(1).map(numberOf)).toEqual([1_000, 1_001]);
  });

  it('never holds more than its capacity, and gives a slow listener a gap instead of memory', async () => {
    const stream = announcementStream({ capacity: 4 });
    const heard: StreamMessage[] = [];
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    stream.subscribe(null, async (message) => {
      heard.push(message);
      await held;
    });
    await announceMany(stream, 1);
    await expect.poll(() => heard.length).toBe(1);
    await announceMany(stream, 20);
    release();
    await expect.poll(() => heard.length).toBe(6);
    expect(heard[1]).toEqual({ kind: 'gap', lastSeen: 1, next: 18, missed: 16 });
    expect(heard.slice(2).map(numberOf)).toEqual([18, 19, 20, 21]);
  });

  it('ends a listener that throws or rejects, and nobody else notices', async () => {
    const problems: unknown[] = [];
    const stream = announcementStream({ capacity: 10, onProblem: (error) => problems.push(error) });
    const heard: number[] = [];
    let calls = 0;
    stream.subscribe(null, () => {
      calls++;
      throw new Error('listener');
    });
    stream.subscribe(null, async () => {
      calls++;
      throw new Error('async listener');
    });
    stream.subscribe(null, (message) => void heard.push(numberOf(message)));
    await announceMany(stream, 3);
    await expect.poll(() => heard).toEqual([1, 2, 3]);
    expect(calls).toBe(2);
    expect(problems).toHaveLength(2);
  });

  it('lets a listener unsubscribe itself and others while it is being told', async () => {
    const stream = announcementStream({ capacity: 10 });
    const heard: string[] = [];
    const stopSecond = { stop: () => {} };
    const stopFirst = stream.subscribe(null, () => {
      heard.push('first');
      stopFirst();
      stopSecond.stop();
    });
    stopSecond.stop = stream.subscribe(null, () => void heard.push('second'));
    await announceMany(stream, 5);
    await settled();
    expect(heard).toEqual(['first']);
  });

  it('numbers announcements and observations together, and shortens long key lists', async () => {
    const stream = announcementStream({ capacity: 10 });
    const keys = Array.from({ length: 500 }, (_, index) => `k${index}`);
    await stream.announce(announcementOf('a'));
    stream.observe({ kind: 'duplicates', at: 1, route: 'sales', partition: '', keys });
    stream.observe({ kind: 'unrouted', at: 2, bucket: 'b', key: 'k' });
    const heard = await heldBy(stream);
    expect(heard.map(numberOf)).toEqual([1, 2, 3]);
    expect(heard[1]).toMatchObject({
      source: 'observation',
      keysLeftOut: 450,
      observation: { keys: keys.slice(0, KEYS_KEPT_MAX) },
    });
    expect(heard[2]).toMatchObject({ keysLeftOut: 0, observation: { kind: 'unrouted' } });
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a capacity of %s', (capacity) => {
    expect(() => announcementStream({ capacity })).toThrow(RangeError);
  });
});

async function announceMany(stream: AnnouncementStream, count: number): Promise<void> {
  for (let index = 0; index < count; index++) await stream.announce(announcementOf(`batch-${index}`));
}

/** What a subscriber that comes back now is told at once. */
async function heldBy(stream: AnnouncementStream, lastSeen = 0): Promise<StreamMessage[]> {
  const heard: StreamMessage[] = [];
  const stop = stream.subscribe(lastSeen, (message) => void heard.push(message));
  await settled();
  stop();
  return heard;
}

/** Everything that was to happen without further input has happened: the stream itself only uses microtasks. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function numberOf(message: StreamMessage): number {
  return message.kind === 'entry' ? message.number : Number.NaN;
}
