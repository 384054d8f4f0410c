import { describe, expect } from 'vitest';
import type { Announcement, Announcements } from '../../src/announcements/announcements.ts';
import { contractTests, type Skip } from './skips.ts';

export interface AnnouncementsUnderTest {
  announcements: Announcements;
  /** Everything that has reached a receiver so far. */
  received(): Promise<Announcement[]>;
  close(): Promise<void>;
}

/** What every driver of announcements does. Runs against whatever `open` gives it. */
export function announcementsContract(
  name: string,
  open: () => Promise<AnnouncementsUnderTest>,
  skip: Skip[] = [],
): void {
  const { test, end } = contractTests(skip);

  describe(`announcements contract: ${name}`, () => {
    test('an announcement reaches a receiver with all it says', async () => {
      const subject = await open();
      const sent = announcementOf('naïve-Ω-😀', {
        execution: 'arn:x',
        error: 'E',
        cause: 'line\nbreak "quoted"',
      });
      await subject.announcements.announce(sent);
      await expect.poll(async () => await subject.received()).toContainEqual(sent);
      await subject.close();
    });

    test('every one of many concurrent announcements is received at least once', async () => {
      const subject = await open();
      const ids = Array.from({ length: 50 }, (_, index) => `batch-${index}`);
      await Promise.all(ids.map((id) => subject.announcements.announce(announcementOf(id))));
      const heard = async () => new Set((await subject.received()).map((one) => one.batch.id));
      await expect.poll(heard).toEqual(new Set(ids));
      await subject.close();
    });

    test('announcing the same thing twice is not an error', async () => {
      const subject = await open();
      const sent = announcementOf('twice');
      await subject.announcements.announce(sent);
      await subject.announcements.announce(sent);
      await expect.poll(async () => (await subject.received()).length).toBeGreaterThanOrEqual(1);
      expect(new Set((await subject.received()).map((one) => one.batch.id))).toEqual(new Set(['twice']));
      await subject.close();
    });

    end();
  });
}

export function announcementOf(
  id: string,
  more: Partial<Pick<Announcement, 'execution' | 'error' | 'cause'>> = {},
): Announcement {
  return {
    type: 'Execution Failed',
    at: 1_700_000_000_000,
    batch: {
      route: 'sales',
      partition: '',
      id,
      seq: 1,
      reason: 'count',
      count: 100,
      bytes: 12_345,
      openedAt: 1_699_999_999_000,
      closedAt: 1_700_000_000_000,
      latenessMs: 0,
    },
    ...more,
  };
}
