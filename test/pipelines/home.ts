import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { batchInput } from '../../src/core/batch-input.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { ObjectEvent } from '../../src/core/event.ts';
import { type Policy, policyOf } from '../../src/core/policy.ts';
import type { Batch } from '../../src/core/window.ts';
import { type EmbeddedExecutions, embeddedExecutions } from '../../src/executions/embedded.ts';
import type { ExecutionReport, TraceEntry } from '../../src/executions/executions.ts';
import type { Notification } from '../../src/executions/notification.ts';
import { loadPipelines, type Pipeline } from '../../src/executions/pipelines.ts';
import { folderObjects } from '../../src/objects/folder.ts';
import type { Objects } from '../../src/objects/objects.ts';

export const realClock: Clock = {
  now: Date.now,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()),
  random: Math.random,
};

/** Retries at once, so that no test waits for the real backoff. */
export const AT_ONCE = {
  'Check File Extensions': 1,
  'Process CSV': 1,
  'Collect Results': 1,
  'Notify Failures': 1,
};

export interface Home {
  root: string;
  objects: Objects;
  pipelines: Map<string, Pipeline>;
  executions: EmbeddedExecutions;
  notifications: Notification[];
  put(files: Record<string, string | Uint8Array>): Promise<ObjectEvent[]>;
  run(events: ObjectEvent[], policy?: PolicyParts, name?: string): Promise<Ended>;
  /** The rows of every output of a batch, each with the Parquet's columns. */
  rows(batchId: string): Promise<Record<string, unknown>[]>;
  keys(prefix: string): Promise<string[]>;
  close(): Promise<void>;
}

export interface Ended extends ExecutionReport {
  trace: TraceEntry[];
  result: Record<string, unknown>;
  notifications: Notification[];
}

let batches = 0;

/** A folder with a store, the shipped pipelines or others, and an interpreter. */
export async function openHome(
  options: {
    objects?: (objects: Objects) => Objects;
    publish?: (notification: Notification) => Promise<void>;
    retryIntervalsMs?: Record<string, number> | null;
    /** From the root of the repository. */
    folder?: string;
  } = {},
): Promise<Home> {
  const root = await mkdtemp(join(tmpdir(), 'spillway-pipelines-'));
  const store = folderObjects({ root: join(root, 'data') });
  const objects = options.objects?.(store) ?? store;
  const pipelines = await loadPipelines(join(import.meta.dirname, '../..', options.folder ?? 'pipelines'));
  const notifications: Notification[] = [];
  const waiting = new Map<string, (report: ExecutionReport) => void>();
  const intervals = options.retryIntervalsMs === undefined ? AT_ONCE : options.retryIntervalsMs;
  const executions = embeddedExecutions({
    pipelines,
    folder: join(root, 'executions'),
    objects,
    clock: realClock,
    report: async (report) => waiting.get(report.name)?.(report),
    publish: async (notification) => {
      await options.publish?.(notification);
      notifications.push(notification);
    },
    ...(intervals && { retryIntervalsMs: intervals }),
  });

  async function put(files: Record<string, string | Uint8Array>): Promise<ObjectEvent[]> {
    const events: ObjectEvent[] = [];
    for (const [key, content] of Object.entries(files)) {
      await store.write({ bucket: 'landing', key }, content);
      events.push(eventOf(key, { size: Buffer.byteLength(content) }));
    }
    return events;
  }

  async function run(events: ObjectEvent[], policy: PolicyParts = {}, name?: string): Promise<Ended> {
    batches += 1;
    const id = name ?? `sales-000000000000-${batches}-ffffffffffff`;
    const source = {
      key: { route: 'sales', partition: '' },
      batch: batchOf(id, events),
      policy: testPolicy(policy),
    };
    const { input, manifest } = batchInput(source, events, 'notes');
    if (manifest) await store.write(manifest, manifest.content);
    const reported = new Promise<ExecutionReport>((resolve) => waiting.set(id, resolve));
    await executions.start({ name: id, pipeline: source.policy.pipeline, input });
    const report = await reported;
    const ref = { name: id, pipeline: source.policy.pipeline };
    const trace = (await executions.trace(ref, { from: 0, limit: 100_000 })).entries;
    return {
      ...report,
      trace,
      result: JSON.parse(report.output ?? '{}'),
      notifications: await executions.notifications(id),
    };
  }

  async function keys(prefix: string): Promise<string[]> {
    const found: string[] = [];
    for await (const { key } of store.list('curated', prefix)) found.push(key);
    return found;
  }

  return {
    root,
    objects: store,
    pipelines,
    executions,
    notifications,
    put,
    run,
    keys,
    async rows(batchId) {
      const parquets = (await keys(`sales/${batchId}/`)).map((key) => join(root, 'data', 'curated', key));
      const all: Record<string, unknown>[] = [];
      for (const parquet of parquets) all.push(...(await readParquet(parquet)));
      return all;
    },
    async close() {
      await executions.stop(5_000);
      await rm(root, { recursive: true, force: true });
    },
  };
}

export async function readParquet(path: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(
      `SELECT * FROM read_parquet('${path.replaceAll("'", "''")}')`,
    );
    return reader.getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Parts of a policy other than the usual; `output: null` for none. */
export type PolicyParts = Partial<Omit<Policy, 'version' | 'output'>> & { output?: Policy['output'] | null };

export function testPolicy({ output, ...parts }: PolicyParts = {}): Policy {
  return policyOf({
    limits: { count: 100, windowMs: 3_600_000 },
    pipeline: { name: 'process-files', stateMachineArn: 'process-files' },
    ...(output !== null && { output: output ?? { bucket: 'curated', prefix: 'sales/' } }),
    ...parts,
  });
}

export function eventOf(key: string, parts: Partial<ObjectEvent> = {}): ObjectEvent {
  const time = Date.UTC(2026, 10, 23, 8, 0, 0);
  return { bucket: 'landing', key, size: 10, etag: 'e', sequencer: '0A', time, arrival: time, ...parts };
}

export function batchOf(id: string, events: ObjectEvent[], parts: Partial<Batch> = {}): Batch {
  const openedAt = Date.UTC(2026, 10, 23, 8, 0, 0);
  return {
    id,
    seq: 1,
    from: 0,
    to: events.length,
    firstRecord: 1,
    lastRecord: 1,
    reason: 'count',
    openedAt,
    deadline: openedAt + 3_600_000,
    closedAt: openedAt + 60_000,
    count: Math.max(1, events.length),
    bytes: events.reduce((sum, { size }) => sum + size, 0),
    policyVersion: 'v',
    ...parts,
  };
}
