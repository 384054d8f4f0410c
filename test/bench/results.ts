import type { Section } from '../../bench/bench.ts';
import type { Row } from '../../bench/log/interleaved.ts';
import type { Result } from '../../bench/results.ts';

const MACHINE = { cores: 2, cpu: 'a CPU', memoryGiB: 4, node: 'v24.0.0', system: 'linux x64' };

/** A measurement of ten events in each of a hundred micro-batches, in a second, at 1 WCU an event. */
export function row(strategy: string, changes: Partial<Row> & { wcu?: number } = {}): Row {
  const { wcu = 1, ...others } = changes;
  return {
    ...{ strategy, round: 1, k: 10, c: 1, prefixes: 1, batchEvents: 100, keys: 'dated' },
    ...{ events: 1000, deliveries: 100, redelivered: 2, died: 0, returned: 0 },
    ...{ seconds: 1, p50: 1, p99: 2, cpuMicros: 9 },
    usage: { LOG: { wcu: wcu * 1000, rcu: 0, requests: 100, refused: 0 } },
    tally: { batches: 10, lost: 0, doubled: 0, wrongSized: 0 },
    ...others,
  };
}

export function result(name: string, rows: readonly object[], sections: Section[] = []): Result {
  return {
    ...{ schemaVersion: 1, name, date: '2026-01-05T08:00:00.000Z', quick: false, machine: MACHINE },
    ...{ sections, rows },
  };
}

export function results(...all: Result[]): Map<string, Result> {
  return new Map(all.map((each) => [each.name, each]));
}

export function section(title: string, head: string[], rows: Section['rows']): Section {
  return { title, text: '', head, rows, notes: [] };
}
