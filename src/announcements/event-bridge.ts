import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Announcement, Announcements } from './announcements.ts';

/** The bus did not take an announcement. Announcing again is safe. */
export class AnnouncementRefusedError extends Error {
  override readonly name = 'AnnouncementRefusedError';
  readonly bus: string;
  /** EventBridge's word for it, such as ThrottlingException. */
  readonly code: string;

  constructor(bus: string, code: string, detail: string) {
    super(
      `The event bus "${bus}" did not take an event: ${code} (${detail}). It is sent again; if this persists, check ` +
        "that the bus exists and that its policy lets Spillway's functions put events.",
    );
    this.bus = bus;
    this.code = code;
  }
}

/** What our events are called on the bus. */
export const EVENT_SOURCE = 'spillway';

/**
 * Announcements as EventBridge events: the type is `detail-type`, times are ISO 8601 in UTC with milliseconds. New
 * fields may appear in `detail`; `schemaVersion` grows when one changes its meaning. Rejects with
 * {@link AnnouncementRefusedError} or what the SDK throws.
 */
export function eventBridgeAnnouncements({
  client,
  bus,
}: {
  client: EventBridgeClient;
  bus: string;
}): Announcements {
  return {
    async announce(announcement) {
      const { Entries: answers = [] } = await client.send(
        new PutEventsCommand({
          Entries: [
            {
              EventBusName: bus,
              Source: EVENT_SOURCE,
              DetailType: announcement.type,
              Time: new Date(announcement.at),
              Resources: announcement.execution === undefined ? [] : [announcement.execution],
              Detail: JSON.stringify(detailOf(announcement)),
            },
          ],
        }),
      );
      // A request that succeeds may hold entries that did not (PutEvents, API reference).
      const [answer] = answers;
      if (answer?.ErrorCode !== undefined) {
        throw new AnnouncementRefusedError(bus, answer.ErrorCode, answer.ErrorMessage ?? 'no message');
      }
    },
  };
}

function detailOf({ at, batch, execution, error, cause }: Announcement) {
  const { openedAt, closedAt, ...rest } = batch;
  return {
    schemaVersion: 1,
    at: iso(at),
    batch: { ...rest, openedAt: iso(openedAt), closedAt: iso(closedAt) },
    execution,
    error,
    cause,
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
