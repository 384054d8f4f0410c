import type { BenchOptions } from '../bench.ts';
import type { Engine } from './engine.ts';
import { type Measured, measure, type Task } from './measure.ts';
import type { Strategy } from './strategies/strategy.ts';
import type { Again } from './workload.ts';

/** Where a measurement stands in its bench. */
export interface Cell {
  round: number;
  k: number;
  c: number;
  prefixes: number;
  batchEvents: number;
  keys: 'dated' | 'uuid';
}

export type Row = Cell & Measured;

/** A case of a comparison: the same for every strategy. */
export interface Case extends Omit<Cell, 'round'> {
  strategies: Strategy[];
  ms: number;
  events?: number;
  diesPercent?: number;
  /** One in fifty micro-batches without it. */
  again?: Again;
  /** Begins with windows that are partly full. */
  filled?: boolean;
}

const ONE_IN_FIFTY: Again = { every: 50 };

/**
 * Measures every strategy of every case, round after round, each time beginning with another one: what disturbs the
 * machine for a while disturbs all of them.
 */
export async function interleaved(cases: Case[], engine: Engine, options: BenchOptions): Promise<Row[]> {
  const { rounds, say } = options;
  const usable = cases.map((each) => ({
    ...each,
    strategies: each.strategies.filter(({ transactions }) => engine.transactions || !transactions),
  }));
  const total = rounds * usable.reduce((sum, { strategies }) => sum + strategies.length, 0);
  await warmUp(usable, engine, options);
  const rows: Row[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    for (const each of usable) {
      for (const strategy of rotated(each.strategies, round)) {
        const row = {
          ...cellOf(each, round),
          ...(await measure(engine, taskOf(each, strategy, round, options))),
        };
        rows.push(row);
        say(`${rows.length}/${total} round ${round} · ${described(row)}`);
      }
    }
  }
  return rows;
}

function cellOf({ k, c, prefixes, batchEvents, keys }: Case, round: number): Cell {
  return { round, k, c, prefixes, batchEvents, keys };
}

function taskOf(each: Case, strategy: Strategy, round: number, { events, quick }: BenchOptions): Task {
  const { k, c, prefixes, keys, batchEvents, diesPercent, again = ONE_IN_FIFTY, filled = false } = each;
  return {
    strategy,
    workload: { k, prefixes, keys, again, seed: 1000 * round + k + c },
    c,
    batchEvents,
    filled,
    events: events ?? each.events ?? Number.POSITIVE_INFINITY,
    ms: events === undefined ? each.ms / (quick ? 4 : 1) : Number.POSITIVE_INFINITY,
    ...(diesPercent !== undefined && { diesPercent }),
  };
}

/** The first requests of a process and of an engine are slow; nobody's figures should hold them. */
async function warmUp(cases: Case[], engine: Engine, { quick, say }: BenchOptions): Promise<void> {
  const strategies = new Set(cases.flatMap((each) => each.strategies));
  for (const strategy of strategies) {
    say(`warming up: ${strategy.name}`);
    for (const k of [1, 50]) {
      await measure(engine, {
        strategy,
        workload: { k, prefixes: 1, keys: 'dated', again: { every: 2 }, seed: k },
        c: 1,
        batchEvents: 100,
        events: Number.POSITIVE_INFINITY,
        ms: quick ? 100 : 800,
      });
    }
  }
}

function rotated<Entry>(list: Entry[], by: number): Entry[] {
  const cut = by % Math.max(1, list.length);
  return [...list.slice(cut), ...list.slice(0, cut)];
}

function described({ strategy, k, c, prefixes, events, seconds }: Row): string {
  const spread = prefixes === 1 ? '' : ` · ${prefixes} prefixes`;
  return `k=${k} c=${c}${spread} · ${strategy} · ${Math.round(events / seconds)} events/s`;
}
