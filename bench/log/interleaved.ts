import type { BenchOptions } from '../bench.ts';
import type { Engine } from './engine.ts';
import { type Measured, measure, type Task } from './measure.ts';
import type { Strategy } from './strategies/strategy.ts';
import { type Again, lcg } from './workload.ts';

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
  /** At least so many rounds, where one or two would say too little; a single round stays one. */
  roundsMin?: number;
  ms: number;
  events?: number;
  diesPercent?: number;
  /** One in fifty micro-batches without it. */
  again?: Again;
  /** Begins with windows that are partly full. */
  filled?: boolean;
}

const ONE_IN_FIFTY: Again = { every: 50 };

/** Long enough for a few micro-batches of the slowest (ms). */
const WARM_UP_MS = 100;

/**
 * Measures every strategy of every case, round after round. The order of both is drawn anew each time: what disturbs the
 * machine for a while disturbs all of them, and nobody always follows the same one.
 */
export async function interleaved(cases: Case[], engine: Engine, options: BenchOptions): Promise<Row[]> {
  const { say } = options;
  const random = lcg(options.seed);
  const usable = cases.map((each) => ({
    ...each,
    rounds: roundsOf(each, options),
    strategies: each.strategies.filter(({ transactions }) => engine.transactions || !transactions),
  }));
  const total = usable.reduce((sum, { strategies, rounds }) => sum + rounds * strategies.length, 0);
  await warmUp(usable, engine, options);
  const rows: Row[] = [];
  let done = 0;

  async function inTurn(each: Case, round: number): Promise<Row[]> {
    const measured = new Map<Strategy, Row>();
    for (const strategy of shuffled(each.strategies, random)) {
      const task = taskOf(each, strategy, round, options);
      const row = { ...cellOf(each, round), ...(await measure(engine, task)) };
      measured.set(strategy, row);
      done += 1;
      say(`${done}/${total} round ${round} · ${described(row)}`);
    }
    return each.strategies.flatMap((strategy) => measured.get(strategy) ?? []);
  }

  for (let round = 1; round <= Math.max(...usable.map(({ rounds }) => rounds)); round += 1) {
    const due = usable.filter(({ rounds }) => round <= rounds);
    const found = new Map<Case, Row[]>();
    for (const each of shuffled(due, random)) {
      if (round === 1) await warmUpCase(each, engine, options);
      found.set(each, await inTurn(each, round));
    }
    // Listed as they were given, in whatever order they came.
    rows.push(...due.flatMap((each) => found.get(each) ?? []));
  }
  return rows;
}

export function roundsOf(
  { roundsMin = 1 }: Pick<Case, 'roundsMin'>,
  { rounds, quick }: Pick<BenchOptions, 'rounds' | 'quick'>,
): number {
  return quick || rounds === 1 ? rounds : Math.max(rounds, roundsMin);
}

/** A row as results keep it. */
export function kept({ latencies: _latencies, ...row }: Row): Row {
  return row;
}

/** A copy in an order that `random` draws, every order as likely as another. */
export function shuffled<Entry>(list: readonly Entry[], random: () => number): Entry[] {
  const rest = [...list];
  return list.flatMap(() => rest.splice(Math.floor(random() * rest.length), 1));
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

/** A case is met for the first time by all of its strategies before one is measured. */
async function warmUpCase(each: Case, engine: Engine, options: BenchOptions): Promise<void> {
  for (const strategy of each.strategies) {
    const { workload, ...task } = taskOf(each, strategy, 0, options);
    await measure(engine, {
      ...task,
      workload: { ...workload, again: { every: 2 } },
      ...{
        filled: false,
        events: Number.POSITIVE_INFINITY,
        ms: options.quick ? 0 : WARM_UP_MS,
        diesPercent: 0,
      },
    });
  }
}

function described({ strategy, k, c, prefixes, events, seconds }: Row): string {
  const spread = prefixes === 1 ? '' : ` · ${prefixes} prefixes`;
  return `k=${k} c=${c}${spread} · ${strategy} · ${Math.round(events / seconds)} events/s`;
}
