import * as z from 'zod';
import { instant, reason, SCHEMA_VERSION } from './schemas.ts';

/**
 * Messages of the live stream: one JSON document each, told apart by `kind`. Their `id` is also the SSE id, so that a
 * client which comes back with Last-Event-ID misses nothing that the server still holds, and is told of a gap.
 */

const count = z.int().min(0);

/** `id` counts the messages of this server since it started. */
const message = { schemaVersion: z.literal(SCHEMA_VERSION), id: count, at: instant };
const partition = { route: z.string(), partition: z.string() };

const announced = {
  ...message,
  ...partition,
  batch: z.string(),
  seq: count,
  reason,
  count,
  bytes: count,
  openedAt: instant,
  closedAt: instant,
  latenessMs: count,
  execution: z.string().optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
};

const closedBatch = z.object({ id: z.string(), seq: count, reason, count, bytes: count });

export const streamMessage = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('batch-closed'), ...announced }),
    z.object({ kind: z.literal('execution-started'), ...announced }),
    z.object({ kind: z.literal('execution-succeeded'), ...announced }),
    z.object({ kind: z.literal('execution-failed'), ...announced }),
    z.object({
      kind: z.literal('committed'),
      ...message,
      ...partition,
      record: count,
      events: count,
      keys: z.array(z.string()),
      keysLeftOut: count,
      closed: z.array(closedBatch),
      open: z
        .object({ count, bytes: count, deadline: instant })
        .nullable()
        .meta({ description: 'The window that is open after this' }),
    }),
    z.object({
      kind: z.literal('duplicates'),
      ...message,
      ...partition,
      keys: z.array(z.string()),
      keysLeftOut: count,
    }),
    z.object({ kind: z.literal('unrouted'), ...message, bucket: z.string(), key: z.string() }),
    z.object({
      kind: z.literal('ignored'),
      ...message,
      bucket: z.string(),
      key: z.string(),
      why: z.literal('folder-marker'),
    }),
    z.object({ kind: z.literal('conflict'), ...message, ...partition, record: count }),
    z.object({
      kind: z.literal('deferred'),
      ...message,
      ...partition,
      from: count,
      to: count,
      cause: z.string(),
    }),
    z.object({
      kind: z.literal('started'),
      ...message,
      ...partition,
      batch: z.string(),
      already: z.boolean(),
    }),
    z.object({
      kind: z.literal('repaired'),
      ...message,
      ...partition,
      what: z.enum(['start', 'timer', 'projection', 'status']),
      batch: z.string().optional(),
    }),
    z.object({
      kind: z.literal('clock-skew'),
      ...message,
      bucket: z.string(),
      key: z.string(),
      aheadMs: z.number(),
    }),
    z.object({
      kind: z.literal('flush'),
      ...message,
      ...partition,
      flushId: z.string(),
      outcome: z.enum(['closed', 'already-closed', 'empty', 'below-minimum']),
      batch: z.string().optional(),
    }),
    z.object({
      kind: z.literal('gap'),
      ...message,
      missed: count
        .nullable()
        .meta({ description: 'Messages no longer held; null when the server was restarted in between' }),
      sentence: z.string(),
    }),
  ])
  .meta({ id: 'StreamMessage' });

export const streamQuery = z.strictObject({
  lastEventId: z
    .string()
    .max(100)
    .optional()
    .meta({ description: 'As the header Last-Event-ID, for clients that cannot set it' }),
});

export type StreamMessage = z.infer<typeof streamMessage>;
