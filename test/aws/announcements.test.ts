import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { afterEach, describe, expect, test } from 'vitest';
import type { Announcement } from '../../src/announcements/announcements.ts';
import {
  AnnouncementRefusedError,
  EVENT_SOURCE,
  eventBridgeAnnouncements,
} from '../../src/announcements/event-bridge.ts';
import { announcementOf, announcementsContract } from '../contracts/announcements.ts';
import { answering } from './answering.ts';
import { freshName, onAws, openQueue, sdk } from './endpoint.ts';

onAws('on AWS', () => {
  announcementsContract('EventBridge', async () => {
    const received: Announcement[] = [];
    const queue = await openQueue('heard', async ({ Body: body = '' }) => void received.push(heardIn(body)));
    const client = new EventBridgeClient(sdk);
    const rule = freshName('rule');
    await client.send(
      new PutRuleCommand({ Name: rule, EventPattern: JSON.stringify({ source: [EVENT_SOURCE] }) }),
    );
    await client.send(new PutTargetsCommand({ Rule: rule, Targets: [{ Id: 'queue', Arn: queue.arn }] }));
    return {
      announcements: eventBridgeAnnouncements({ client, bus: 'default' }),
      received: async () => received,
      close: queue.close,
    };
  });
});

describe('announcements on a bus', () => {
  let aws: Awaited<ReturnType<typeof answering>>;
  afterEach(() => aws.close());

  test('say what, of which execution, and when, with times that people can read', async () => {
    aws = await answering({ status: 200, body: { FailedEntryCount: 0, Entries: [{ EventId: 'e' }] } });
    const announcements = eventBridgeAnnouncements({ client: new EventBridgeClient(aws.sdk), bus: 'data' });
    await announcements.announce(
      announcementOf('b-1', { execution: 'arn:aws:states:x', error: 'E', cause: 'c' }),
    );
    const { Entries: entries } = JSON.parse(aws.requests[0]?.body ?? '');
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({
      EventBusName: 'data',
      Source: 'spillway',
      DetailType: 'Execution Failed',
      Resources: ['arn:aws:states:x'],
    });
    expect(JSON.parse(entries[0].Detail)).toEqual({
      schemaVersion: 1,
      at: '2023-11-14T22:13:20.000Z',
      batch: {
        route: 'sales',
        partition: '',
        id: 'b-1',
        seq: 1,
        reason: 'count',
        count: 100,
        bytes: 12_345,
        openedAt: '2023-11-14T22:13:19.000Z',
        closedAt: '2023-11-14T22:13:20.000Z',
        latenessMs: 0,
      },
      execution: 'arn:aws:states:x',
      error: 'E',
      cause: 'c',
    });
  });

  test('reject when the request succeeded and the entry did not', async () => {
    aws = await answering({
      status: 200,
      body: {
        FailedEntryCount: 1,
        Entries: [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }],
      },
    });
    const announcements = eventBridgeAnnouncements({ client: new EventBridgeClient(aws.sdk), bus: 'data' });
    const announcing = announcements.announce(announcementOf('b-1'));
    await expect(announcing).rejects.toThrow(AnnouncementRefusedError);
    await expect(announcing).rejects.toMatchObject({ bus: 'data', code: 'ThrottlingException' });
  });
});

function heardIn(body: string): Announcement {
  const { 'detail-type': type, detail } = JSON.parse(body);
  const { schemaVersion: _version, at, batch, ...rest } = detail;
  return {
    type,
    at: Date.parse(at),
    batch: { ...batch, openedAt: Date.parse(batch.openedAt), closedAt: Date.parse(batch.closedAt) },
    ...rest,
  };
}
