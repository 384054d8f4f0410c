import type { SQSRecord } from 'aws-lambda';
import type { ObjectEvent } from '../core/event.ts';
import { NoticeInvalidError, readNotice } from '../core/notice.ts';
import { type InvocationTime, inTime } from '../invocation-time.ts';
import type { Router } from '../routes/router.ts';
import { inParallel } from '../service/parallel.ts';
import type { Service } from '../service/service.ts';
import type { Received } from './messages.ts';

/** Partitions of one batch of messages that are committed side by side. */
const PARTITIONS_AT_ONCE = 32;

/**
 * Reads the notice in a message. Its arrival is when SQS took it.
 * @throws NoticeInvalidError
 */
export function noticeIn({ body, attributes }: SQSRecord): ObjectEvent {
  const arrival = Number(attributes.SentTimestamp);
  if (!Number.isSafeInteger(arrival) || arrival <= 0) {
    throw new NoticeInvalidError('', 'its message has no SentTimestamp');
  }
  let notice: unknown;
  try {
    notice = JSON.parse(body);
  } catch {
    // Not as the cause: Node's message quotes the text, and with it the key.
    throw new NoticeInvalidError('', 'it is not JSON');
  }
  return readNotice(notice, arrival);
}

/** Events that are not known as counted: their messages must be delivered again. */
export interface Uncounted {
  ids: string[];
  error: unknown;
}

/**
 * Counts events, each partition's by themselves: where one cannot be committed for now, or not in time, only its
 * messages come again. Never rejects.
 */
export async function countReceived(
  received: readonly Received<ObjectEvent>[],
  service: Pick<Service, 'append'>,
  router: Pick<Router, 'route'>,
  time: Pick<InvocationTime, 'forAnswerMs'>,
): Promise<Uncounted[]> {
  const shares = Map.groupBy(received, ({ content }) => {
    const routed = router.route(content);
    return routed === null ? '' : JSON.stringify([routed.route, routed.partition]);
  });
  const outcomes = await inParallel([...shares.values()], PARTITIONS_AT_ONCE, async (share) => {
    try {
      await inTime(time, () => service.append(share.map(({ content }) => content)));
      return null;
    } catch (error) {
      return { ids: share.map(({ id }) => id), error };
    }
  });
  return outcomes.filter((outcome) => outcome !== null);
}
