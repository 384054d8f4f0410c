import type { Bench, BenchOptions, Found } from '../bench.ts';
import { startEngine } from './engine.ts';
import { type Case, interleaved, kept, type Row } from './interleaved.ts';
import { oneRequest } from './one-request.ts';
import { barePut } from './strategies/floor.ts';
import { listOnWindow } from './strategies/list.ts';
import { markerAndCounter, markersThenCounter } from './strategies/markers.ts';
import { everythingWritten, log, logShared } from './strategies/spillway.ts';
import { BATCH_EVENTS, type Strategy } from './strategies/strategy.ts';
import { transactionPerEvent, transactionPerGroup } from './strategies/transactions.ts';
import { breakdown, comparison } from './summary.ts';
import type { Again } from './workload.ts';

export const RIVALS: Strategy[] = [
  transactionPerEvent,
  transactionPerGroup,
  markerAndCounter,
  markersThenCounter,
  listOnWindow,
];
export const STRATEGIES = [...RIVALS, log, logShared, everythingWritten, barePut];

const SIZES = [1, 10, 100];

/** One caller makes the fewest requests, and what we say of speed rests on him. */
const ALONE_ROUNDS = 5;

/** The slowest count some hundred events a second. Of a micro-batch of a hundred a part comes again, and more often. */
const AGAIN: Readonly<Record<number, Again>> = { 100: { every: 10, events: 20 } };

/** Ours and the rivals on one hot route. */
export const hot: Bench = {
  name: 'hot',
  about:
    'the log and the ways people build this, on one hot route, by micro-batch and callers; and one request',
  run: (options) =>
    compare(options, {
      ...{ prefixes: 1, callers: options.quick ? [1, 2, 16] : [1, 2, 4, 16] },
      ...{ ms: 600, aloneMs: 1_000 },
    }),
};

/** Ours and the rivals on events of 50 prefixes, each with windows of its own. */
export const spread: Bench = {
  name: 'spread',
  about: 'the same on events that are spread over 50 prefixes',
  // A partition gets few events in so short a time: from empty windows on, none would close.
  run: (options) =>
    compare(options, { prefixes: 50, callers: options.quick ? [1] : [1, 2, 4, 16], ms: 400, filled: true }),
};

interface Comparison {
  prefixes: number;
  callers: number[];
  ms: number;
  /** The same where there is one caller, who makes the fewest requests; `ms` without it. */
  aloneMs?: number;
  filled?: boolean;
}

async function compare(options: BenchOptions, { callers, aloneMs, ...same }: Comparison): Promise<Found> {
  const cases = SIZES.flatMap((k) =>
    callers.map((c): Case => {
      const again = AGAIN[k];
      return {
        ...{ k, c, ...same, keys: 'dated', batchEvents: BATCH_EVENTS, strategies: STRATEGIES },
        ...(again && { again }),
        ...(c === 1 && { roundsMin: ALONE_ROUNDS, ms: aloneMs ?? same.ms }),
      };
    }),
  );
  const engine = await startEngine();
  try {
    const rows = await interleaved(cases, engine, options);
    const sections = sectionsOf(rows, same.prefixes, options.seed);
    if (same.prefixes === 1 && engine.transactions) sections.push(await oneRequest(engine, options));
    return { engine: engine.name, sections, rows: rows.map(kept) };
  } finally {
    await engine.stop();
  }
}

function sectionsOf(rows: Row[], prefixes: number, seed: number) {
  const where = prefixes === 1 ? 'One hot route' : `${prefixes} prefixes`;
  const order = `The order of cases and strategies is drawn anew in each round, here from the seed ${seed}: --seed=${seed} draws the same.`;
  return [...comparison(rows, where, [order]), breakdown(rows, everythingWritten.name)];
}
