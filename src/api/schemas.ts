import * as z from 'zod';

/**
 * What the API answers, field by field: the single source of `/openapi.json`, of the CLI's types and of its checks.
 *
 * Every answer carries `schemaVersion`. Within one version fields are only added, so receivers ignore what they do
 * not know. Times are ISO 8601 in UTC with milliseconds; durations end in `Ms`; sizes are bytes.
 */
export const SCHEMA_VERSION = 1;

const schemaVersion = z.literal(SCHEMA_VERSION);
const count = z.int().min(0);

export const instant = z
  .string()
  .regex(/^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  .meta({ description: 'ISO 8601, UTC, with milliseconds', example: '2026-11-02T08:40:00.000Z' });

const nextCursor = z
  .string()
  .nullable()
  .meta({ description: 'Pass it as `cursor` for the page that follows; null at the end' });

export const reason = z.enum(['count', 'time', 'bytes', 'quiet', 'manual', 'schedule', 'marker']);

/** `closed`: frozen in the log, its execution not known as started yet. The others as Step Functions has them. */
export const batchStatus = z.enum(['closed', 'running', 'succeeded', 'failed', 'timed-out', 'aborted']);

export const limits = z
  .object({
    count: count.meta({ description: 'Events' }),
    windowMs: count.meta({ description: 'From the first unprocessed event to the deadline' }),
    bytes: count.optional(),
    quietMs: count.optional().meta({ description: 'Without a new event; capped by windowMs' }),
  })
  .meta({ id: 'Limits', description: 'When a window closes; whichever is met first' });

/** A cron tick to come. */
export const tick = z
  .object({
    schedule: count.meta({ description: 'Index of the schedule in the route' }),
    cron: z.string(),
    timezone: z.string(),
    minEvents: count,
    at: instant,
    local: z
      .string()
      .meta({ description: "The same instant in the schedule's own time zone, with its offset" }),
  })
  .meta({ id: 'Tick' });

export const lastBatch = z
  .object({
    id: z.string(),
    seq: count,
    reason,
    closedAt: instant,
    count,
    status: batchStatus.optional(),
  })
  .meta({ id: 'LastBatch' });

export const openWindow = z
  .object({
    route: z.string(),
    partition: z.string().meta({ description: 'Empty for a plain route' }),
    seq: count.meta({ description: 'Number of the window in its partition, from 1' }),
    count,
    bytes: count,
    limits,
    openedAt: instant.meta({ description: 'Arrival of its first event' }),
    lastEventAt: instant,
    deadline: instant.meta({
      description: 'When it closes if nothing more comes: the earlier of the two below',
    }),
    timeDeadline: instant.meta({ description: 'Opening + time limit' }),
    quietDeadline: instant
      .optional()
      .meta({ description: 'Latest event + quiet period; moves with every event' }),
    msLeft: z
      .int()
      .meta({ description: 'Until the deadline, by the clock of the server; negative when overdue' }),
    policyVersion: z.string(),
    nextTicks: z.array(tick),
    lastBatch: lastBatch.nullable(),
  })
  .meta({ id: 'OpenWindow' });

export const windowsResponse = z
  .object({
    schemaVersion,
    now: instant.meta({ description: 'Clock of the server' }),
    windows: z.array(openWindow),
    total: count.meta({ description: 'Open windows that match, on all pages; by the partition items' }),
    nextCursor,
  })
  .meta({ id: 'WindowsResponse' });

export const batch = z
  .object({
    id: z.string().meta({ description: 'Also the name of its execution' }),
    route: z.string(),
    partition: z.string(),
    seq: count,
    reason,
    status: batchStatus,
    count,
    bytes: count,
    openedAt: instant,
    deadline: instant,
    closedAt: instant,
    latenessMs: count.meta({ description: 'closedAt − deadline where time or quiet closed it, else 0' }),
    policyVersion: z.string(),
    pipeline: z.string().optional(),
    by: z.object({ flushId: z.string(), who: z.string() }).optional(),
    execution: z.string().optional().meta({ description: 'ARN on AWS, the batch id on a laptop' }),
    startedAt: instant.optional(),
    endedAt: instant.optional(),
    redrives: count,
    error: z.string().optional(),
    cause: z.string().optional(),
  })
  .meta({ id: 'Batch' });

export const batchesResponse = z
  .object({ schemaVersion, batches: z.array(batch), nextCursor })
  .meta({ id: 'BatchesResponse' });

export const file = z
  .object({
    offset: count.meta({ description: "In the partition's sequence of events" }),
    bucket: z.string(),
    key: z.string(),
    size: count,
    etag: z.string(),
    versionId: z.string().optional(),
    sequencer: z.string().optional(),
    time: instant.meta({ description: 'When the object was written' }),
    arrival: instant.meta({ description: 'When its event reached the queue' }),
    closedTheBatch: z
      .boolean()
      .meta({ description: 'True for the one event that met the count or the bytes' }),
  })
  .meta({ id: 'File' });

export const flush = z
  .object({
    id: z.string(),
    reason: z.enum(['manual', 'schedule', 'marker']),
    askedAt: instant,
    who: z.string(),
    note: z.string().optional(),
    route: z.string().optional(),
    partition: z.string().optional(),
    minEvents: count,
  })
  .meta({
    id: 'Flush',
    description: 'As it was asked for. Without route: everything; without partition: the whole route',
  });

export const batchResponse = z
  .object({
    schemaVersion,
    batch,
    firstFile: file,
    lastFile: file,
    flush: flush.optional().meta({ description: 'The flush that closed it' }),
    output: z.unknown().optional().meta({ description: 'What the execution ended with, where it is JSON' }),
  })
  .meta({ id: 'BatchResponse' });

export const filesResponse = z
  .object({ schemaVersion, batch: z.string(), count, files: z.array(file), nextCursor })
  .meta({ id: 'FilesResponse' });

export const traceEntry = z
  .object({
    at: instant,
    kind: z.enum([
      'started',
      'entered',
      'exited',
      'failed',
      'retried',
      'caught',
      'item-started',
      'item-succeeded',
      'item-failed',
      'succeeded',
      'execution-failed',
    ]),
    path: z.string().meta({ description: "Empty at the top, `Process Files[3]` in a Map's item" }),
    state: z.string(),
    type: z.string(),
    attempt: count.optional(),
    error: z.string().optional(),
    cause: z.string().optional(),
    input: z.string().optional().meta({ description: 'JSON text, capped' }),
    output: z.string().optional().meta({ description: 'JSON text, capped' }),
  })
  .meta({ id: 'TraceEntry' });

export const traceResponse = z
  .object({
    schemaVersion,
    batch: z.string(),
    status: batchStatus,
    entries: z.array(traceEntry),
    dropped: count.meta({ description: 'Entries that the cap left out' }),
    nextCursor,
  })
  .meta({ id: 'TraceResponse' });

export type TickRow = z.infer<typeof tick>;
export type LastBatchRow = z.infer<typeof lastBatch>;
export type OpenWindowRow = z.infer<typeof openWindow>;
export type BatchRow = z.infer<typeof batch>;
export type BatchStatus = z.infer<typeof batchStatus>;
export type FileRow = z.infer<typeof file>;
export type FlushRow = z.infer<typeof flush>;
export type TraceRow = z.infer<typeof traceEntry>;
