import * as z from 'zod';
import type { ObjectEvent } from './event.ts';

/** S3 limits keys to 1,024 bytes of UTF-8 (S3 user guide, object keys). */
const KEY_BYTES_MAX = 1024;

const key = z
  .string()
  .min(1)
  .refine((text) => text.isWellFormed(), 'expected valid unicode, it has half of a surrogate pair')
  .refine(
    (text) => Buffer.byteLength(text) <= KEY_BYTES_MAX,
    `expected at most ${KEY_BYTES_MAX} bytes of UTF-8`,
  );

/** Loose on purpose: S3 adds fields, and says that readers ignore those they do not know. */
const noticeSchema = z.object({
  id: z.string().min(1).max(256),
  'detail-type': z.literal('Object Created'),
  source: z.literal('aws.s3'),
  time: z.iso.datetime({ offset: true }),
  detail: z.object({
    // Readers compare the major number and ignore the minor (S3 user guide, EventBridge event structure).
    'event-version': z
      .string()
      .regex(/^1(\.|$)/, 'expected major version 1')
      .optional(),
    bucket: z.object({ name: z.string().min(1).max(255) }),
    object: z.object({
      key,
      size: z.int().nonnegative(),
      etag: z.string().max(256).default(''),
      'version-id': z.string().max(1024).optional(),
      sequencer: z.string().min(1).max(256).optional(),
    }),
  }),
});

/** A message that is not a notice of S3 about a created object. It is kept in the dead-letter queue, not dropped. */
export class NoticeInvalidError extends Error {
  override readonly name = 'NoticeInvalidError';
  /** Where in the notice, with dots: `detail.object.key`. */
  readonly path: string;

  constructor(path: string, detail: string, cause?: unknown) {
    const where = path === '' ? 'the notice' : `"${path}" of the notice`;
    super(
      `Cannot read ${where}: ${detail}. Expected an "Object Created" event of S3 as EventBridge delivers it; ` +
        'turn on EventBridge for the bucket and send nothing else to this queue.',
      { cause },
    );
    this.path = path;
  }
}

/**
 * Reads an EventBridge notice. Its key is taken verbatim: EventBridge, unlike S3's own notifications, does not
 * URL-encode keys.
 *
 * @param notice the parsed JSON of the message
 * @param arrival when it reached our queue (ms)
 * @throws NoticeInvalidError naming the field
 */
export function readNotice(notice: unknown, arrival: number): ObjectEvent {
  const parsed = noticeSchema.safeParse(notice);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new NoticeInvalidError(
      issue?.path.join('.') ?? '',
      issue?.message ?? 'unknown shape',
      parsed.error,
    );
  }
  const { id, time, detail } = parsed.data;
  const { 'version-id': versionId, sequencer, ...object } = detail.object;
  return {
    bucket: detail.bucket.name,
    ...object,
    ...(versionId !== undefined && { versionId }),
    ...(sequencer === undefined ? { id } : { sequencer }),
    time: Date.parse(time),
    arrival,
  };
}
