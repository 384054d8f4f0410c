import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { alarms } from '../../infra/alarms.ts';
import { queues } from '../../infra/queues.ts';
import { readStack } from '../../infra/stack.ts';
import { FIGURES } from '../../src/cost/figures.ts';
import { MEMORY_MB } from '../../src/cost/functions.ts';
import { partsOf, RECONCILES_A_MONTH } from '../../src/cost/standing.ts';
import { INGEST_EVENTS_MAX, INGEST_GATHERS_S } from '../../src/cost/traffic.ts';

/** What the model says of the stack, against the stack. */

const root = join(import.meta.dirname, '../..');
const ROUTE = (name: string, more = '') => `
  ${name}: { bucket: landing, prefix: ${name}/, batch: { count: 10, window: 1h }, pipeline: process-files, output: { bucket: curated, prefix: ${name}/ }${more} }`;

interface Serverless {
  params: { default: Record<string, unknown> };
  functions: (
    | string
    | Record<string, { memorySize?: number; events?: { sqs?: Record<string, unknown> }[] }>
  )[];
}

const serverless: Serverless = parse(await readFile(join(root, 'serverless.yml'), 'utf8'), {
  logLevel: 'error',
});

function functionNamed(name: string) {
  const all = serverless.functions.filter((each) => typeof each !== 'string');
  return all.map((each) => each[name]).find((each) => each !== undefined);
}

test('functions have the memory that is charged for', () => {
  for (const [name, memory] of Object.entries(MEMORY_MB)) {
    expect({ name, memory: functionNamed(name)?.memorySize }).toEqual({ name, memory });
  }
});

test('ingest gathers, and is shared, as it is charged for', () => {
  const [events] = functionNamed('ingest')?.events ?? [];
  expect(events?.sqs).toMatchObject({
    batchSize: INGEST_EVENTS_MAX,
    maximumConcurrency: FIGURES.ingestSharing,
  });
  expect(serverless.params.default.window).toBe(INGEST_GATHERS_S);
});

test('reconcile is called as often as it is charged for', () => {
  expect(serverless.params.default.reconcileEvery).toBe('rate(5 minutes)');
  expect(RECONCILES_A_MONTH).toBe((30 * 24 * 60) / 5);
});

test.each([0, 2])(
  'alarms and polled queues with %i dedicated queues are those of the template',
  async (dedicated) => {
    const folder = await mkdtemp(join(tmpdir(), 'spillway-costs-'));
    try {
      const routesFile = join(folder, 'routes.yml');
      const own = Array.from({ length: dedicated }, (_, index) =>
        ROUTE(`own-${index}`, ', queue: dedicated'),
      );
      await writeFile(
        routesFile,
        `buckets: { landing: {}, curated: {} }\nroutes:${ROUTE('sales')}${own.join('')}\n`,
      );
      const stack = await readStack({ stage: 'prod', routesFile, pipelinesFolder: join(root, 'pipelines') });
      const parts = partsOf({
        routes: 1 + dedicated,
        dedicated,
        pipelines: stack.pipelines.length,
        partitions: 1,
        ticks: [],
      });
      expect(Object.keys(alarms(stack, { reconcileMinutes: 5 }))).toHaveLength(parts.alarms);
      const made = queues(stack, { timeout: 60, window: 2, receives: 10 });
      const polled = Object.entries(made).filter(
        ([id, { Type: type }]) => type === 'AWS::SQS::Queue' && !id.endsWith('Dlq'),
      );
      expect(polled).toHaveLength(parts.polledQueues);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
