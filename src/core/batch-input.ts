import * as z from 'zod';
import type { ObjectEvent } from './event.ts';
import { canonicalJson, type Location, type Policy } from './policy.ts';
import type { Batch, PartitionKey } from './window.ts';

/**
 * What a pipeline gets: one JSON document per batch, built from the log alone, so that the same batch always has
 * the same bytes. Published as `docs/batch-input.schema.json`, which is generated from the schema below.
 *
 * `schemaVersion` grows when a field changes its meaning or goes away. New fields may appear at any time:
 * readers ignore what they do not know.
 */

/** Above this many bytes of JSON the events travel as a manifest. Step Functions allows a state 262,144 bytes; the rest is room for a pipeline's own data. */
export const STATE_BYTES_MAX = 200 * 1024;

const instant = z.iso.datetime({ precision: 3 }).describe('ISO 8601, UTC, with milliseconds');
const name = z.string().min(1);

const eventSchema = z
  .object({
    bucket: name,
    key: name.describe('verbatim, not URL-encoded'),
    size: z.int().nonnegative().describe('bytes'),
    etag: z.string(),
    versionId: z.string().optional(),
    sequencer: z.string().optional().describe('hexadecimal; orders the writes of one key'),
    time: instant.describe('when the object was written, by the clock of S3'),
  })
  .describe('one write of one object');

const manifestSchema = z
  .object({ bucket: name, key: name, count: z.int().positive().describe('lines') })
  .describe('an immutable object with one event per line (JSON), in the order of the batch');

const batchSchema = z.object({
  id: name.describe('also the name of the execution'),
  route: name,
  partition: z.string().describe('empty for a route without variables'),
  seq: z.int().positive().describe('1, 2, 3 … without gaps in each partition'),
  reason: z
    .enum(['count', 'time', 'bytes', 'quiet', 'manual', 'schedule', 'marker'])
    .describe('why it closed'),
  openedAt: instant,
  closedAt: instant,
  deadline: instant.describe('when it would have closed for lack of time'),
  count: z.int().positive().describe('events'),
  bytes: z.int().nonnegative().describe('sum of the sizes of the objects'),
  flush: z
    .object({ id: name, who: z.string() })
    .optional()
    .describe('the flush that closed it, where one did'),
});

const common = {
  schemaVersion: z.literal(1),
  batch: batchSchema,
  pipeline: name,
  output: z.object({ bucket: name, prefix: z.string() }).optional().describe('where results belong'),
  csv: z
    .object({
      columns: z
        .record(z.string(), z.string())
        .optional()
        .describe('column name to DuckDB type, in any order'),
      delimiter: z.string().optional(),
    })
    .optional(),
  parameters: z.record(z.string(), z.unknown()).optional().describe('free settings of the route'),
};

/** The zod twin of `docs/batch-input.schema.json`. Holds exactly one of `events` and `manifest`. */
export const batchInputSchema = z.union([
  z.object({ ...common, events: z.array(eventSchema).min(1), manifest: z.never().optional() }),
  z.object({ ...common, manifest: manifestSchema, events: z.never().optional() }),
]);

export type BatchInput = z.infer<typeof batchInputSchema>;
export type BatchInputEvent = z.infer<typeof eventSchema>;
export type Manifest = z.infer<typeof manifestSchema>;

/** What the input says besides the events. All of it is frozen: the batch in its record, the policy in its window. */
export interface BatchInputSource {
  key: PartitionKey;
  batch: Batch;
  /** The policy that the batch's window opened with. */
  policy: Policy;
}

/** An execution's input, and the object that must be stored before the execution starts, where there is one. */
export interface BuiltBatchInput {
  /** Canonical JSON. */
  input: string;
  manifest?: { bucket: string; key: string; content: string };
}

/**
 * The input of a batch's execution: its events inline, or a manifest when that would exceed
 * {@link STATE_BYTES_MAX}. Equal arguments give equal texts.
 *
 * @param events the batch's events in log order
 * @param manifestBucket the bucket for manifests, given by the home
 */
export function batchInput(
  source: BatchInputSource,
  events: readonly ObjectEvent[],
  manifestBucket: string,
): BuiltBatchInput {
  const inline = inlineInput(source, events);
  if (Buffer.byteLength(inline) <= STATE_BYTES_MAX) return { input: inline };
  const address = { bucket: manifestBucket, key: manifestKey(source.key.route, source.batch.id) };
  return {
    input: manifestInput(source, { ...address, count: events.length }),
    manifest: { ...address, content: manifestContent(events) },
  };
}

/** The input with its events inside, however large. */
export function inlineInput(source: BatchInputSource, events: readonly ObjectEvent[]): string {
  return canonicalJson({ ...describe(source), events: events.map(inputEvent) });
}

/** The input with a pointer to its events. */
export function manifestInput(source: BatchInputSource, manifest: Manifest): string {
  return canonicalJson({ ...describe(source), manifest });
}

/** The manifest itself: one event per line, in log order, each line ended by a newline. */
export function manifestContent(events: readonly ObjectEvent[]): string {
  return events.map((event) => `${canonicalJson(inputEvent(event))}\n`).join('');
}

/** Where a batch's manifest lies in its bucket. */
export function manifestKey(route: string, batchId: string): string {
  return `batches/${route}/${batchId}/events.jsonl`;
}

/**
 * Reads an execution's input.
 * @throws BatchInputError when it does not have the published shape
 */
export function parseBatchInput(value: unknown): BatchInput {
  const parsed = batchInputSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new BatchInputError('the batch input', z.prettifyError(parsed.error));
}

/**
 * Reads a manifest, or lines of one.
 * @throws BatchInputError naming the line (1 is the first of `content`)
 */
export function parseManifest(content: string, where: string): BatchInputEvent[] {
  const lines = content.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, index) => parseManifestLine(line, `${where}, line ${index + 1}`));
}

/** An execution's input, or a manifest, does not have the published shape. */
export class BatchInputError extends Error {
  override readonly name = 'BatchInputError';
  readonly where: string;

  constructor(where: string, detail: string, cause?: unknown) {
    super(`Cannot read ${where}: ${detail} Expected the shape of docs/batch-input.schema.json.`, { cause });
    this.where = where;
  }
}

function parseManifestLine(line: string, where: string): BatchInputEvent {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new BatchInputError(where, 'it is not JSON.', error);
  }
  const parsed = eventSchema.safeParse(value);
  if (!parsed.success) throw new BatchInputError(where, z.prettifyError(parsed.error));
  return parsed.data;
}

function describe({ key, batch, policy }: BatchInputSource) {
  return {
    schemaVersion: 1,
    batch: {
      id: batch.id,
      route: key.route,
      partition: key.partition,
      seq: batch.seq,
      reason: batch.reason,
      openedAt: iso(batch.openedAt),
      closedAt: iso(batch.closedAt),
      deadline: iso(batch.deadline),
      count: batch.count,
      bytes: batch.bytes,
      flush: batch.by && { id: batch.by.flushId, who: batch.by.who },
    },
    pipeline: policy.pipeline.name,
    output: policy.output && locationOf(policy.output),
    csv: policy.csv,
    parameters: policy.parameters,
  };
}

/** Its keys stand in their order, so that making it canonical copies nothing. */
function inputEvent({ bucket, etag, key, sequencer, size, time, versionId }: ObjectEvent) {
  return { bucket, etag, key, sequencer, size, time: iso(time), versionId };
}

function locationOf({ bucket, prefix }: Location): Location {
  return { bucket, prefix };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
