import type { Logger } from '@aws-lambda-powertools/logger';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { MetricUnit as Unit } from '@aws-lambda-powertools/metrics/types';
import { latenessOf } from './core/lateness.ts';
import type { Batch, PartitionKey, Reason } from './core/window.ts';
import type { Executions } from './executions/executions.ts';
import type { Observation, Observer } from './service/observation.ts';

/** What is counted in CloudWatch: sums, published once per invocation. Alarms and the dashboard go by these names. */
export type CountName =
  | 'Events'
  | 'Duplicates'
  | 'Unrouted'
  | 'Ignored'
  | 'Batches'
  | `BatchesBy${Capitalize<Reason>}`
  | 'CommitConflicts'
  | 'DeferredEffects'
  | 'FailedStarts'
  | 'ExecutionsFailed'
  | 'ReconcileRuns'
  | 'ReconcileRepairs'
  | 'StatusesSettled'
  | 'InvalidMessages'
  | 'Flushes';

/** Values of which CloudWatch keeps maximum and percentiles. */
type ValueName = 'EventsPerBatch' | 'Lateness' | 'ClockSkew';

/** Counts and logs what the service notices. */
export interface Measures {
  observe: Observer;
  /** Adds to a sum; 0 makes it known that nothing happened. */
  count(name: CountName, by?: number): void;
  /** Writes what was counted since the last time, as CloudWatch embedded metrics and one line of log. */
  publish(): void;
}

export interface MeasuresOptions {
  /** Powertools' Metrics. */
  metrics: {
    addMetric(name: string, unit: Unit, amount: number): unknown;
    publishStoredMetrics(): unknown;
  };
  logger: Pick<Logger, 'info' | 'warn'>;
  /** Whether keys of objects, and partitions, which are parts of them, may be logged. */
  logKeys: boolean;
}

/** Keys of unrouted events that one line of log names; the rest is only counted. */
const KEYS_LOGGED_MAX = 20;

const REASON_COUNTS: Record<Reason, CountName> = {
  count: 'BatchesByCount',
  time: 'BatchesByTime',
  bytes: 'BatchesByBytes',
  quiet: 'BatchesByQuiet',
  manual: 'BatchesByManual',
  schedule: 'BatchesBySchedule',
  marker: 'BatchesByMarker',
};

/** Measures by CloudWatch's embedded metric format: lines of log, which cost no call and cannot fail the service. */
export function measures({ metrics, logger, logKeys }: MeasuresOptions): Measures {
  const counts = new Map<CountName, number>();
  const unrouted: string[] = [];
  let waiting = false;
  const count: Measures['count'] = (name, by = 1) => {
    counts.set(name, (counts.get(name) ?? 0) + by);
    waiting = true;
  };
  const value = (name: ValueName, unit: Unit, amount: number) => {
    metrics.addMetric(name, unit, amount);
    waiting = true;
  };
  return {
    count,
    observe(observation) {
      countOne(observation, count, value);
      tell(observation, logger, logKeys);
      if (observation.kind === 'unrouted' && unrouted.length < KEYS_LOGGED_MAX) {
        unrouted.push(`s3://${observation.bucket}/${observation.key}`);
      }
    },
    publish() {
      // Powertools complains of nothing to publish, and most questions to the API measure nothing.
      if (!waiting) return;
      waiting = false;
      if (counts.size > 0) {
        const keys = logKeys && unrouted.length > 0 ? { unrouted: [...unrouted] } : {};
        logger.info('Counted', { counts: Object.fromEntries(counts), ...keys });
      }
      for (const [name, total] of counts) metrics.addMetric(name, MetricUnit.Count, total);
      counts.clear();
      unrouted.length = 0;
      metrics.publishStoredMetrics();
    },
  };
}

type Value = (name: ValueName, unit: Unit, amount: number) => void;

function countOne(observation: Observation, count: Measures['count'], value: Value): void {
  switch (observation.kind) {
    case 'committed':
      count('Events', observation.events);
      for (const batch of observation.closed) countBatch(batch, count, value);
      break;
    case 'duplicates':
      count('Duplicates', observation.keys.length);
      break;
    case 'unrouted':
      count('Unrouted');
      break;
    case 'ignored':
      count('Ignored');
      break;
    case 'conflict':
      count('CommitConflicts');
      break;
    case 'deferred':
      count('DeferredEffects');
      break;
    case 'repaired':
      // Step Functions loses status events by its own account: no sign that something of ours failed.
      count(observation.what === 'status' ? 'StatusesSettled' : 'ReconcileRepairs');
      break;
    case 'flush':
      count('Flushes');
      break;
    case 'clock-skew':
      value('ClockSkew', MetricUnit.Milliseconds, observation.aheadMs);
      break;
    case 'started':
      break;
  }
}

function countBatch(batch: Batch, count: Measures['count'], value: Value): void {
  count('Batches');
  count(REASON_COUNTS[batch.reason]);
  value('EventsPerBatch', MetricUnit.Count, batch.count);
  const byTime = batch.reason === 'time' || batch.reason === 'quiet';
  if (byTime) value('Lateness', MetricUnit.Milliseconds, latenessOf(batch));
}

/** Logs what is worth a line of its own. */
function tell(observation: Observation, logger: MeasuresOptions['logger'], logKeys: boolean): void {
  const placeOf = ({ route, partition }: PartitionKey) => ({ route, ...(logKeys && { partition }) });
  switch (observation.kind) {
    case 'committed':
      for (const batch of observation.closed) {
        const { id, seq, reason, count, bytes } = batch;
        const facts = { batch: id, seq, reason, count, bytes, latenessMs: latenessOf(batch) };
        logger.info('Batch closed', { ...placeOf(observation), ...facts });
      }
      break;
    case 'repaired': {
      const { what, batch } = observation;
      logger.warn('Reconcile did what was undone', { ...placeOf(observation), what, batch });
      break;
    }
    case 'deferred': {
      const { from, to, cause } = observation;
      // A cause may name the partition.
      const facts = { from, to, ...(logKeys && { cause }) };
      logger.warn('Effects were left to the commands queue', { ...placeOf(observation), ...facts });
      break;
    }
    case 'clock-skew': {
      const { bucket, key, aheadMs } = observation;
      const facts = { bucket, aheadMs, ...(logKeys && { key }) };
      logger.warn('An event says that it was born in the future', facts);
      break;
    }
  }
}

/** Executions whose failed starts are counted. They are tried again; this is how it shows that they have to be. */
export function countingFailedStarts(executions: Executions, { count }: Pick<Measures, 'count'>): Executions {
  return {
    ...executions,
    async start(request) {
      try {
        return await executions.start(request);
      } catch (error) {
        count('FailedStarts');
        throw error;
      }
    },
  };
}
