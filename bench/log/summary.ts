import type { Cell, Section } from '../bench.ts';
import { cellText } from '../table.ts';
import type { Row } from './interleaved.ts';
import { DOLLARS_PER_RCU, DOLLARS_PER_WCU } from './prices.ts';
import { median, p99, quantile } from './statistics.ts';
import { transactionPerGroup } from './strategies/transactions.ts';

/** All rounds of one strategy in one case. */
export interface Summary {
  k: number;
  c: number;
  batchEvents: number;
  strategy: string;
  perSecond: number;
  /** Over the deliveries of all rounds. */
  deliveries: number;
  p50: number;
  /** Null where there are too few of them. */
  p99: number | null;
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

/** Medians over the rounds, latencies over all their deliveries; what went wrong is summed up. */
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
        deliveries: sum(({ deliveries }) => deliveries),
        ...latenciesOf(rounds),
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

/** Kept results have no single latencies: of them the middle of the rounds. */
function latenciesOf(rounds: readonly Row[]): Pick<Summary, 'p50' | 'p99'> {
  const pool = rounds.flatMap(({ latencies }) => latencies ?? []);
  if (pool.length > 0) return { p50: median(pool), p99: p99(pool) };
  return { p50: median(rounds.map((row) => row.p50)), p99: median(rounds.map((row) => row.p99)) };
}

interface Standing {
  k: number;
  c: number;
  strategy: string;
}

/** The median, over the rounds, of how one strategy stands to another in the same round. Null: not both measured. */
export function ratio(
  rows: readonly Row[],
  of: Standing,
  to: string,
  pick: (row: Row) => number,
): number | null {
  return quantile(ratios(rows, of, to, pick), 0.5);
}

/** The least and the greatest of these ratios; null of fewer than two rounds. */
export function ratioRange(
  rows: readonly Row[],
  of: Standing,
  to: string,
  pick: (row: Row) => number,
): string | null {
  const all = ratios(rows, of, to, pick);
  return all.length < 2 ? null : `${cellText(Math.min(...all))}–${cellText(Math.max(...all))}`;
}

/** How one strategy stands to another in the same round, in each round that has both. */
export function ratios(rows: readonly Row[], of: Standing, to: string, pick: (row: Row) => number): number[] {
  const inCase = rows.filter(({ k, c }) => k === of.k && c === of.c);
  return inCase
    .filter(({ strategy }) => strategy === of.strategy)
    .flatMap((row) => {
      const other = inCase.find(({ strategy, round }) => strategy === to && round === row.round);
      return other ? [pick(row) / pick(other)] : [];
    });
}

const HEAD = [
  ...['k', 'strategy', 'events/s', 'ratio', 'ratio range'],
  ...[
    'p50 ms',
    'p99 ms',
    'deliveries',
    'WCU/event',
    'RCU/event',
    '$ per million',
    'lost',
    'doubled',
    'wrong size',
  ],
];

/** A table per number of callers; the notes stand under the first. */
export function comparison(rows: readonly Row[], where: string, notes: string[] = []): Section[] {
  const callers = [...new Set(rows.map(({ c }) => c))];
  const all = summaries(rows);
  return callers.map((c, index) => ({
    title: `${where}, ${c === 1 ? 'one caller' : `${c} callers`}`,
    text: `Ratio: events/s over those of "${transactionPerGroup.name}" in the same round; of ${roundsIn(rows, c)} the middle one, then the least and the greatest. p50 and p99: over the deliveries of all rounds, where a p99 needs 100. $: DynamoDB's requests alone.`,
    head: HEAD,
    rows: all
      .filter((each) => each.c === c)
      .map((each): Cell[] => [
        String(each.k),
        each.strategy,
        each.perSecond,
        ratio(rows, each, transactionPerGroup.name, perSecond),
        ratioRange(rows, each, transactionPerGroup.name, perSecond),
        each.p50,
        each.p99,
        each.deliveries,
        each.wcu,
        each.rcu,
        each.dollars,
        each.lost,
        each.doubled,
        each.wrongSized,
      ]),
    notes: index === 0 ? notes : [],
  }));
}

function roundsIn(rows: readonly Row[], callers: number): string {
  const rounds = Math.max(...rows.filter(({ c }) => c === callers).map(({ round }) => round));
  return rounds === 1 ? '1 round' : `${rounds} rounds`;
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
