import { reconcile } from '../../handlers/reconcile.ts';
import type { Batch, Reason } from '../../src/core/window.ts';
import { countingFailedStarts, type Measures, measures } from '../../src/metrics.ts';
import type { Observation } from '../../src/service/observation.ts';

const REASONS: Reason[] = ['count', 'time', 'bytes', 'quiet', 'manual', 'schedule', 'marker'];

const batch = (reason: Reason): Batch => ({
  ...{ id: 'b', seq: 1, from: 0, to: 1, firstRecord: 1, lastRecord: 1, reason, policyVersion: 'p' },
  ...{ openedAt: 0, deadline: 1, closedAt: 2, count: 1, bytes: 1 },
});

const key = { route: 'r', partition: '' };

const everyKind: Observation[] = [
  {
    kind: 'committed',
    ...key,
    at: 1,
    record: 1,
    events: 1,
    keys: [],
    closed: REASONS.map(batch),
    open: null,
  },
  { kind: 'duplicates', ...key, at: 1, keys: ['k'] },
  { kind: 'unrouted', at: 1, bucket: 'b', key: 'k' },
  { kind: 'ignored', at: 1, bucket: 'b', key: 'k', why: 'folder-marker' },
  { kind: 'conflict', ...key, at: 1, record: 1 },
  { kind: 'deferred', ...key, at: 1, from: 1, to: 2, cause: 'c' },
  { kind: 'started', ...key, at: 1, batch: 'b', already: false },
  { kind: 'repaired', ...key, at: 1, what: 'timer' },
  { kind: 'repaired', ...key, at: 1, what: 'status' },
  { kind: 'clock-skew', at: 1, bucket: 'b', key: 'k', aheadMs: 100_000 },
  { kind: 'flush', ...key, at: 1, flushId: 'f', outcome: 'empty' },
];

/** Names of the metrics that the service writes, by having it write every one. */
export function writtenMetrics(): ReadonlySet<string> {
  const names = new Set<string>();
  const quiet = { info: () => {}, warn: () => {} };
  const written = measures({
    metrics: { addMetric: (name) => void names.add(name), publishStoredMetrics: () => {} },
    logger: quiet,
    logKeys: true,
  });
  for (const observation of everyKind) written.observe(observation);
  failOneStart(written);
  // What it counts it counts before it asks anybody.
  void reconcile({}, { measures: written, logger: quiet, service: {} } as unknown as Parameters<
    typeof reconcile
  >[1]).catch(() => {});
  written.publish();
  return names;
}

function failOneStart(written: Measures): void {
  const refused = () => {
    throw new Error('throttled');
  };
  const { start } = countingFailedStarts({ start: refused } as never, written);
  start({} as never).catch(() => {});
}
