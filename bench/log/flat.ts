import type { Bench, Section } from '../bench.ts';
import { startEngine } from './engine.ts';
import { type Case, interleaved, kept, type Row } from './interleaved.ts';
import { type LongLogRow, longLog } from './long-log.ts';
import { median } from './statistics.ts';
import { log } from './strategies/spillway.ts';
import { summaries } from './summary.ts';

/** What the size of a window and the length of a log cost. */
export const flat: Bench = {
  name: 'flat',
  about: 'windows of 100 to 10,000 events, logs of 100 and 50,000 records',
  async run(options) {
    const cases = [100, 1_000, 10_000].flatMap((batchEvents) =>
      [10, 100].map(
        (k): Case => ({
          ...{ k, c: 1, prefixes: 1, keys: 'dated', batchEvents, ms: 3_000, strategies: [log] },
        }),
      ),
    );
    const engine = await startEngine();
    try {
      const windows = await interleaved(cases, engine, options);
      const tails = await longLog(engine, options);
      return {
        engine: engine.name,
        sections: [windowSection(windows), tailSection(tails)],
        rows: [...windows.map(kept), ...tails],
      };
    } finally {
      await engine.stop();
    }
  },
};

function windowSection(rows: Row[]): Section {
  return {
    title: 'Does the size of a window matter?',
    text: 'One caller, the log alone. The input of a batch is made of all its events at once, so large windows show in p99 only.',
    head: ['k', 'events in a batch', 'events/s', 'p50 ms', 'p99 ms', 'WCU/event', 'RCU/event'],
    rows: summaries(rows).map(({ k, batchEvents, perSecond, p50, p99, wcu, rcu }) => [
      ...[String(k), batchEvents.toLocaleString('en-US'), perSecond, p50, p99, wcu, rcu],
    ]),
    notes: [],
  };
}

function tailSection(rows: LongLogRow[]): Section {
  const lengths = Map.groupBy(rows, ({ records }) => records);
  return {
    title: 'Does the length of a log matter?',
    text: 'What it takes a process that knows nothing to find the end of a log.',
    head: ['records in the log', 'RCU', 'p50 ms', 'p99 ms'],
    rows: [...lengths].map(([records, rounds]) => [
      records.toLocaleString('en-US'),
      median(rounds.map(({ rcu }) => rcu)),
      median(rounds.map(({ p50 }) => p50)),
      median(rounds.map(({ p99 }) => p99)),
    ]),
    notes: [],
  };
}
