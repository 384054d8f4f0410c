import type { Bench, BenchOptions, Found } from '../bench.ts';
import { startEngine } from './engine.ts';
import { type Case, interleaved, type Row } from './interleaved.ts';
import { listOnWindow } from './strategies/list.ts';
import { markerAndCounter, markersThenCounter } from './strategies/markers.ts';
import { everythingWritten, log, logShared } from './strategies/spillway.ts';
import { BATCH_EVENTS, type Strategy } from './strategies/strategy.ts';
import { transactionPerEvent, transactionPerGroup } from './strategies/transactions.ts';
import { breakdown, comparison } from './summary.ts';

export const RIVALS: Strategy[] = [
  transactionPerEvent,
  transactionPerGroup,
  markerAndCounter,
  markersThenCounter,
  listOnWindow,
];
const STRATEGIES = [...RIVALS, log, logShared, everythingWritten];

const SIZES = [1, 10, 100];

/** Ours and the rivals on one hot route. */
export const hot: Bench = {
  name: 'hot',
  about: 'the log and the ways people build this, on one hot route, by micro-batch and callers',
  run: (options) => compare(options, 1, options.quick ? [1, 2, 16] : [1, 2, 4, 16], 600),
};

/** Ours and the rivals on events of 50 prefixes, each with windows of its own. */
export const spread: Bench = {
  name: 'spread',
  about: 'the same on events that are spread over 50 prefixes',
  run: (options) => compare(options, 50, options.quick ? [1] : [1, 2, 16], 400),
};

async function compare(
  options: BenchOptions,
  prefixes: number,
  callers: number[],
  ms: number,
): Promise<Found> {
  const cases = SIZES.flatMap((k) =>
    callers.map(
      (c): Case => ({
        ...{ k, c, prefixes, ms, keys: 'dated', batchEvents: BATCH_EVENTS, strategies: STRATEGIES },
      }),
    ),
  );
  const engine = await startEngine();
  try {
    const rows = await interleaved(cases, engine, options);
    return { engine: engine.name, sections: sectionsOf(rows, prefixes), rows };
  } finally {
    await engine.stop();
  }
}

function sectionsOf(rows: Row[], prefixes: number) {
  const where = prefixes === 1 ? 'One hot route' : `${prefixes} prefixes`;
  return [...comparison(rows, where), breakdown(rows, everythingWritten.name)];
}
