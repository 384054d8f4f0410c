import type { Cell, Section } from '../bench.ts';
import type { Row } from './interleaved.ts';
import { DOLLARS_PER_RCU, DOLLARS_PER_WCU } from './prices.ts';
import { median } from './statistics.ts';
import { transactionPerGroup } from './strategies/transactions.ts';

/** All rounds of one strategy in one case. */
export interface Summary {
  k: number;
  c: number;
  batchEvents: number;
  strategy: string;
  perSecond: number;
  p50: number;
  p99: number;
  wcu: number;
  rcu: number;
  dollars: number;
  cpuMicros: number;
  lost: number;
  doubled: number;
  wrongSized: number;
}

export const wcuOf = (row: Row) => unitsOf(row, 'wcu');
export const rcuOf = (row: Row) => unitsOf(row, 'rcu');
export const perSecond = (row: Row) => row.events / row.seconds;

function unitsOf({ usage, events }: Row, kind: 'wcu' | 'rcu'): number {
  return Object.values(usage).reduce((sum, units) => sum + units[kind], 0) / events;
}

/** Dollars per million events, for DynamoDB's requests alone. */
export function dollarsOf(row: Row): number {
  return 1e6 * (wcuOf(row) * DOLLARS_PER_WCU + rcuOf(row) * DOLLARS_PER_RCU);
}

/** Medians over the rounds; what went wrong is summed up. */
export function summaries(rows: readonly Row[]): Summary[] {
  const cases = Map.groupBy(rows, ({ k, c, batchEvents, strategy }) => [k, c, batchEvents, strategy].join());
  return [...cases.values()].flatMap((rounds) => {
    const [first] = rounds;
    if (first === undefined) return [];
    const { k, c, batchEvents, strategy } = first;
    const middle = (pick: (row: Row) => number) => median(rounds.map(pick));
    const sum = (pick: (row: Row) => number) => rounds.reduce((total, row) => total + pick(row), 0);
    return [
      {
        ...{ k, c, batchEvents, strategy },
        perSecond: middle(perSecond),
        p50: middle(({ p50 }) => p50),
        p99: middle(({ p99 }) => p99),
        wcu: middle(wcuOf),
        rcu: middle(rcuOf),
        dollars: middle(dollarsOf),
        cpuMicros: middle(({ cpuMicros }) => cpuMicros),
        lost: sum(({ tally }) => tally.lost),
        doubled: sum(({ tally }) => tally.doubled),
        wrongSized: sum(({ tally }) => tally.wrongSized),
      },
    ];
  });
}

/** The median, over the rounds, of how one strategy stands to another in the same round. Null: not both measured. */
export function ratio(
  rows: readonly Row[],
  of: { k: number; c: number; strategy: string },
  to: string,
  pick: (row: Row) => number,
): number | null {
  const inCase = rows.filter(({ k, c }) => k === of.k && c === of.c);
  const ratios = inCase
    .filter(({ strategy }) => strategy === of.strategy)
    .flatMap((row) => {
      const other = inCase.find(({ strategy, round }) => strategy === to && round === row.round);
      return other ? [pick(row) / pick(other)] : [];
    });
  return ratios.length === 0 ? null : median(ratios);
}

const HEAD = [
  ...['k', 'strategy', 'events/s', 'ratio'],
  ...['p50 ms', 'p99 ms', 'WCU/event', 'RCU/event', '$ per million', 'lost', 'doubled', 'wrong size'],
];

/** A table per number of callers. */
export function comparison(rows: readonly Row[], where: string): Section[] {
  const callers = [...new Set(rows.map(({ c }) => c))];
  const all = summaries(rows);
  return callers.map((c) => ({
    title: `${where}, ${c === 1 ? 'one caller' : `${c} callers`}`,
    text: `Ratio: events/s over those of "${transactionPerGroup.name}" in the same round. $: DynamoDB's requests alone.`,
    head: HEAD,
    rows: all
      .filter((each) => each.c === c)
      .map((each): Cell[] => [
        String(each.k),
        each.strategy,
        each.perSecond,
        ratio(rows, each, transactionPerGroup.name, perSecond),
        each.p50,
        each.p99,
        each.wcu,
        each.rcu,
        each.dollars,
        each.lost,
        each.doubled,
        each.wrongSized,
      ]),
    notes: [],
  }));
}

/** Which items the units of a strategy went to, by event. */
export function breakdown(rows: readonly Row[], strategy: string): Section {
  const own = rows.filter((row) => row.strategy === strategy && row.c === 1);
  const subjects = [...new Set(own.flatMap(({ usage }) => Object.keys(usage)))];
  const sizes = [...new Set(own.map(({ k }) => k))];
  const share = (k: number, subject: string, kind: 'wcu' | 'rcu' | 'requests') => {
    const rounds = own.filter((row) => row.k === k);
    return median(rounds.map(({ usage, events }) => (usage[subject]?.[kind] ?? 0) / events));
  };
  return {
    title: 'What is written besides the log',
    text: `Per event, one caller. LOG: records. ROUTE: the partition's item, when a window opens and closes. BATCHES: a batch's item, when it starts and ends. ROUTES: the registry.`,
    head: ['k', 'items', 'WCU/event', 'RCU/event', 'requests/event'],
    rows: sizes.flatMap((k) =>
      subjects.map((subject) => [
        String(k),
        subject,
        share(k, subject, 'wcu'),
        share(k, subject, 'rcu'),
        share(k, subject, 'requests'),
      ]),
    ),
    notes: [],
  };
}
