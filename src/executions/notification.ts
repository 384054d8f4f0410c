import { createHash } from 'node:crypto';
import * as z from 'zod';

/** What a pipeline told people, once per publish state. */
export interface Notification {
  id: string;
  /** ms since 1970. */
  at: number;
  topic: string;
  subject: string;
  message: string;
}

/** SNS's limits on Publish (API reference): 256 KiB of message; a subject of ASCII, under 100 characters, on one line. */
const MESSAGE_BYTES_MAX = 262_144;
const SUBJECT = /^[\x21-\x7e][\x20-\x7e]{0,98}$/;

const parametersSchema = z.looseObject({
  TopicArn: z.string().min(1),
  Subject: z.string().regex(SUBJECT, 'expected ASCII on one line, under 100 characters').optional(),
  Message: z
    .string()
    .min(1)
    .refine((text) => Buffer.byteLength(text) <= MESSAGE_BYTES_MAX, 'expected at most 262,144 bytes'),
});

/**
 * Reads the Parameters of an `sns:publish` state, refusing what SNS refuses. A topic `${FailureTopicArn}` is
 * called `FailureTopic`.
 * @throws NotificationError
 */
export function notificationOf(parameters: unknown, at: number): Notification {
  const parsed = parametersSchema.safeParse(parameters);
  if (!parsed.success) throw new NotificationError(z.prettifyError(parsed.error));
  const { TopicArn, Subject = '', Message } = parsed.data;
  const topic = /^\$\{(.+)Arn\}$/.exec(TopicArn)?.[1] ?? TopicArn;
  const id = createHash('sha256').update(`${at}\n${topic}\n${Message}`).digest('hex').slice(0, 16);
  return { id, at, topic, subject: Subject, message: Message };
}

/** The notification breaks SNS's rules. Named as Step Functions names it. */
export class NotificationError extends Error {
  override readonly name = 'SNS.InvalidParameterException';

  constructor(detail: string) {
    super(`The notification would be refused by SNS: ${detail}`);
  }
}
