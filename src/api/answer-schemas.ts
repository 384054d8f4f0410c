import * as z from 'zod';
import { batchStatus, flush, instant, openWindow, reason, SCHEMA_VERSION } from './schemas.ts';

/** Answers to a flush, to "why has it not closed?" and to "where is my file?"; and how an error is told. */

const schemaVersion = z.literal(SCHEMA_VERSION);
const count = z.int().min(0);

/** `queued`: the flush has many partitions and goes on in the background; ask for it by its id. */
export const flushOutcome = z.enum(['closed', 'already-closed', 'empty', 'below-minimum', 'queued']);

export const flushedPartition = z
  .object({
    route: z.string(),
    partition: z.string(),
    outcome: flushOutcome,
    count: count.meta({ description: 'Events in the batch, or in the window where it stayed open' }),
    batch: z.object({ id: z.string(), reason, closedAt: instant }).optional(),
  })
  .meta({ id: 'FlushedPartition' });

export const flushResponse = z
  .object({
    schemaVersion,
    dryRun: z.literal(false),
    flush,
    partitions: z.array(flushedPartition),
    batches: count.meta({ description: 'Batches that this flush closed, now or when first asked for' }),
    events: count.meta({ description: 'Events in them' }),
  })
  .meta({ id: 'FlushResponse' });

export const flushPreview = z
  .object({
    schemaVersion,
    dryRun: z.literal(true),
    windows: z.array(
      z.object({
        route: z.string(),
        partition: z.string(),
        count,
        bytes: count,
        openedAt: instant,
        deadline: instant,
        wouldClose: z.boolean(),
      }),
    ),
    batches: count.meta({ description: 'Batches that the flush would close' }),
    events: count,
  })
  .meta({ id: 'FlushPreview' });

export const flushAnswer = z.discriminatedUnion('dryRun', [flushResponse, flushPreview]);

/** What became of a flush that was asked for earlier. */
export const flushStatusResponse = z
  .object({
    schemaVersion,
    flush,
    partitions: z.array(
      z.object({
        route: z.string(),
        partition: z.string(),
        window: z
          .object({ seq: count, count })
          .nullable()
          .meta({ description: 'The window that the flush means' }),
        skipped: z.enum(['empty', 'below-minimum']).optional(),
      }),
    ),
  })
  .meta({ id: 'FlushStatusResponse' });

export const whyState = z.enum([
  'collecting',
  'overdue',
  'empty',
  'never-used',
  'several-partitions',
  'no-such-partition',
  'no-such-route',
  'removed-route',
]);

export const whyCondition = z
  .object({
    condition: z.enum(['count', 'time', 'quiet', 'bytes', 'schedule', 'manual', 'last-batch']),
    binding: z.boolean().meta({ description: 'True for the one condition that closes the window next' }),
    sentence: z.string(),
    at: instant.optional().meta({ description: 'When this condition would close the window' }),
    value: z.number().optional(),
    limit: z.number().optional(),
  })
  .meta({ id: 'WhyCondition' });

export const whyResponse = z
  .object({
    schemaVersion,
    now: instant,
    route: z.string(),
    partition: z.string().optional(),
    state: whyState,
    sentence: z.string().meta({ description: 'The one binding condition' }),
    conditions: z.array(whyCondition),
    window: openWindow.optional(),
    nearest: z
      .array(z.string())
      .meta({ description: 'Names that were perhaps meant, or partitions to ask for' }),
  })
  .meta({ id: 'WhyResponse' });

export const whereState = z.enum([
  'unrouted',
  'ignored',
  'not-seen',
  'in-window',
  'batch-closed',
  'running',
  'succeeded',
  'failed',
  'superseded',
]);

export const hop = z
  .object({
    hop: z.enum(['file', 'event', 'window', 'batch', 'execution', 'result']),
    sentence: z.string(),
    at: instant.optional(),
    route: z.string().optional(),
    partition: z.string().optional(),
    offset: count.optional(),
    position: z.int().min(1).optional().meta({ description: 'In its window or batch, from 1' }),
    deadline: instant.optional(),
    batch: z.string().optional(),
    reason: reason.optional(),
    closedTheBatch: z.boolean().optional(),
    execution: z.string().optional(),
    status: batchStatus.optional(),
    outputs: z.array(z.string()).optional(),
    error: z.string().optional(),
    cause: z.string().optional(),
  })
  .meta({ id: 'Hop' });

/** One write of the key, from its event to its result. */
export const fileWrite = z
  .object({
    state: whereState,
    sentence: z.string(),
    size: count,
    etag: z.string(),
    versionId: z.string().optional(),
    sequencer: z.string().optional(),
    time: instant,
    hops: z.array(hop),
  })
  .meta({ id: 'FileWrite' });

export const whereResponse = z
  .object({
    schemaVersion,
    bucket: z.string(),
    key: z.string(),
    state: whereState,
    sentence: z.string(),
    route: z.string().optional(),
    partition: z.string().optional(),
    object: z
      .object({ size: count, lastModified: instant })
      .nullable()
      .meta({ description: 'As it lies there now' }),
    nearest: z
      .string()
      .optional()
      .meta({ description: 'For an unrouted key: the route that comes nearest, and why not' }),
    writes: z.array(fileWrite).meta({ description: 'Every write of this key that was found, newest first' }),
    searchedFrom: instant.optional().meta({ description: 'Older writes than this were not looked for' }),
  })
  .meta({ id: 'WhereResponse' });

/** RFC 9457, with a stable `code` to act on and a `hint` on what to do. */
export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    hint: z.string().optional(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });

export type Problem = z.infer<typeof problem>;
export type FlushAnswer = z.infer<typeof flushAnswer>;
export type WhyResponse = z.infer<typeof whyResponse>;
export type WhereResponse = z.infer<typeof whereResponse>;
