import { describe, expect, test } from 'vitest';
import { countingFailedStarts, measures } from '../../src/metrics.ts';
import type { Observation } from '../../src/service/observation.ts';
import { files, HOUR, memoryHome, START } from '../service/memory-home.ts';

describe('measures', () => {
  test('count events, batches by reason, their sizes and how late they closed', async () => {
    const { home, service, metrics } = openMeasured({ count: 2 });
    await service.append(files(5));
    home.time.now = START + HOUR + 1_500;
    await service.handle({ kind: 'deadline', ...home.armed.at(-1)! });
    metrics.measures.publish();
    expect(metrics.sums()).toMatchObject({ Events: 5, Batches: 3, BatchesByCount: 2, BatchesByTime: 1 });
    expect(metrics.values('EventsPerBatch')).toEqual([2, 2, 1]);
    expect(metrics.values('Lateness')).toEqual([1_500]);
  });

  test('count duplicates, unrouted events, conflicts, clock skew and failed starts', async () => {
    const { home, service, metrics } = openMeasured({ count: 2 });
    await service.append(files(1));
    await service.append(files(1));
    await service.append(files(1, START, 0, 'nowhere/'));
    await service.append(files(1, START + 200_000, 7));
    const other = home.process();
    await other.append(files(1, START, 20));
    await service.append(files(1, START, 30));
    const failing = countingFailedStarts(
      { ...home.executions, start: () => Promise.reject(new Error('throttled')) },
      metrics.measures,
    );
    await expect(
      failing.start({ name: 'n', pipeline: { name: '', stateMachineArn: '' }, input: '' }),
    ).rejects.toThrow();
    metrics.measures.publish();
    expect(metrics.sums()).toMatchObject({ Duplicates: 1, Unrouted: 1, CommitConflicts: 1, FailedStarts: 1 });
    expect(metrics.values('ClockSkew')).toEqual([200_000]);
  });

  test('begin anew after they were published', async () => {
    const { service, metrics } = openMeasured();
    await service.append(files(3));
    metrics.measures.publish();
    await service.append(files(2, START, 10));
    metrics.measures.publish();
    expect(metrics.added.filter(({ name }) => name === 'Events').map(({ amount }) => amount)).toEqual([3, 2]);
    expect(metrics.published()).toBe(2);
  });

  test('know every observation there is', () => {
    const { metrics } = openMeasured();
    for (const observation of everyKind) metrics.measures.observe(observation);
    metrics.measures.publish();
    expect(metrics.logged.length).toBeGreaterThan(0);
  });

  test.each([true, false])('log keys and partitions only if told to (%s)', async (logKeys) => {
    const { service, metrics } = openMeasured({ count: 2 }, logKeys);
    await service.append(files(2, START, 0, 'partners/acme-secret/'));
    await service.append(files(1, START, 0, 'nowhere/key-secret/'));
    await service.append(files(1, START + 200_000, 0, 'partners/born-secret/'));
    for (const observation of everyKind) metrics.measures.observe(observation);
    metrics.measures.publish();
    const text = JSON.stringify(metrics.logged);
    expect(text).toContain('Batch closed');
    for (const secret of ['acme-secret', 'key-secret', 'born-secret', 'kind-secret']) {
      expect(text.includes(secret)).toBe(logKeys);
    }
  });
});

test('an end that reconcile noted is no repair: Step Functions loses status events by its own account', () => {
  const { metrics } = openMeasured();
  for (const what of ['status', 'status', 'timer'] as const) {
    metrics.measures.observe({ kind: 'repaired', ...key, at: 1, what });
  }
  metrics.measures.publish();
  expect(metrics.sums()).toEqual({ StatusesSettled: 2, ReconcileRepairs: 1 });
});

const key = { route: 'sales', partition: 'kind-secret' };

const everyKind: Observation[] = [
  { kind: 'committed', ...key, at: 1, record: 1, events: 1, keys: ['kind-secret'], closed: [], open: null },
  { kind: 'duplicates', ...key, at: 1, keys: ['kind-secret'] },
  { kind: 'unrouted', at: 1, bucket: 'b', key: 'kind-secret' },
  { kind: 'ignored', at: 1, bucket: 'b', key: 'kind-secret', why: 'folder-marker' },
  { kind: 'conflict', ...key, at: 1, record: 1 },
  { kind: 'deferred', ...key, at: 1, from: 1, to: 2, cause: 'The log of kind-secret' },
  { kind: 'started', ...key, at: 1, batch: 'b', already: false },
  { kind: 'repaired', ...key, at: 1, what: 'timer' },
  { kind: 'repaired', ...key, at: 1, what: 'status' },
  { kind: 'clock-skew', at: 1, bucket: 'b', key: 'kind-secret', aheadMs: 100_000 },
  { kind: 'flush', ...key, at: 1, flushId: 'f', outcome: 'empty' },
];

function openMeasured(limits: Parameters<typeof memoryHome>[0] = {}, logKeys = false) {
  const home = memoryHome(limits);
  const added: { name: string; amount: number }[] = [];
  const logged: unknown[] = [];
  let published = 0;
  const real = measures({
    metrics: {
      addMetric: (name, _unit, amount) => void added.push({ name, amount }),
      publishStoredMetrics: () => {
        published += 1;
      },
    },
    logger: {
      info: (...line: unknown[]) => void logged.push(line),
      warn: (...line: unknown[]) => void logged.push(line),
    },
    logKeys,
  });
  const values = (wanted: string) => added.filter(({ name }) => name === wanted).map(({ amount }) => amount);
  const sums = () =>
    Object.fromEntries(
      [...new Set(added.map(({ name }) => name))].map((name) => [
        name,
        values(name).reduce((sum, amount) => sum + amount, 0),
      ]),
    );
  const metrics = { measures: real, added, logged, values, sums, published: () => published };
  return { home, service: home.process({ observe: real.observe }), metrics };
}
