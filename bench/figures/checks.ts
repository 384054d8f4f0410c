import type { InsideRow } from '../log/inside.ts';
import type { Row } from '../log/interleaved.ts';
import type { LongLogRow } from '../log/long-log.ts';
import { log } from '../log/strategies/spillway.ts';
import type { Check, Results } from './figures.ts';
import { laptopChecks } from './laptop.ts';
import { logChecks } from './log-checks.ts';
import { fromRounds } from './rounds.ts';

/** Every aim, with what the results say. */
export function checks(results: Results): Check[] {
  const rows = (name: string) => (results.get(name)?.rows ?? []) as readonly Row[];
  return [
    ...exactness(rows('exact')),
    ...logChecks(results.get('hot')),
    ...flatness(rows('flat').filter((row) => 'strategy' in row)),
    ...tails((results.get('flat')?.rows ?? []).filter((row) => 'records' in row) as LongLogRow[]),
    ...processor((results.get('inside')?.rows ?? []) as readonly InsideRow[]),
    ...laptopChecks(results),
  ];
}

function exactness(rows: readonly Row[]): Check[] {
  const ours = rows.filter(({ strategy }) => strategy.startsWith(log.name));
  const sum = (pick: (row: Row) => number) =>
    ours.length === 0 ? null : ours.reduce((total, row) => total + pick(row), 0);
  const deliveries = sum((row) => row.deliveries);
  const again = sum(({ redelivered }) => redelivered);
  const check = (what: string, is: Check['aim']['is'], value: number, measured: number | null): Check => ({
    about: 'exactness',
    what,
    aim: { is, value },
    measured,
  });
  const most = (what: string, pick: (row: Row) => number) => check(what, 'at most', 0, sum(pick));
  return [
    check(
      'events counted, 1 to 16 callers',
      'at least',
      1e6,
      sum(({ events }) => events),
    ),
    check(
      '% of micro-batches that came again, those after a death not counted',
      'at least',
      1.5,
      deliveries && (100 * (again ?? 0)) / deliveries,
    ),
    most('events lost', ({ tally }) => tally.lost),
    most('events counted twice', ({ tally }) => tally.doubled),
    most('batches of another size', ({ tally }) => tally.wrongSized),
  ];
}

/** How windows of 10,000 stand to windows of 100, in the same round. */
function flatness(rows: readonly Row[]): Check[] {
  const times = (k: number, pick: (row: Row) => number) => {
    const own = rows.filter((row) => row.k === k);
    return fromRounds(
      own
        .filter(({ batchEvents }) => batchEvents === 10_000)
        .flatMap((row) => {
          const small = own.find(({ round, batchEvents }) => round === row.round && batchEvents === 100);
          return small ? [pick(row) / pick(small)] : [];
        }),
    );
  };
  return [10, 100].flatMap((k): Check[] => [
    {
      about: 'growth',
      what: `WCU per event of windows of 10,000 over 100, log alone, k=${k}`,
      aim: { is: 'at most', value: 1.01 },
      ...times(k, ({ usage, events }) => (usage.LOG?.wcu ?? 0) / events),
    },
    {
      about: 'growth',
      what: `p50 of windows of 10,000 over 100, log alone, k=${k}`,
      aim: { is: 'at most', value: 1.25 },
      ...times(k, ({ p50 }) => p50),
    },
  ]);
}

function tails(rows: readonly LongLogRow[]): Check[] {
  const long = rows.filter(({ records }) => records >= 50_000);
  const ratios = long.flatMap((row) => {
    const short = rows.find(({ round, records }) => round === row.round && records === 100);
    return short ? [row.p50 / short.p50] : [];
  });
  return [
    {
      about: 'growth',
      what: 'RCU to find the end of a log of 50,000 records',
      aim: { is: 'at most', value: 1 },
      ...fromRounds(long.map(({ rcu }) => rcu)),
    },
    {
      about: 'growth',
      what: 'p50 of that over a log of 100 records',
      aim: { is: 'at most', value: 1.5 },
      ...fromRounds(ratios),
    },
  ];
}

function processor(rows: readonly InsideRow[]): Check[] {
  const of = (what: InsideRow['what'], k: number, batchEvents: number) =>
    rows.filter((row) => row.what === what && row.k === k && row.batchEvents === batchEvents);
  return [
    {
      about: 'processor time',
      what: 'decision and dedupe, million events in a second of CPU',
      aim: { is: 'at least', value: 2 },
      ...fromRounds(of('decision and dedupe', 100, 100).map(({ value }) => value / 1e6)),
    },
    {
      about: 'processor time',
      what: 'µs of CPU per event of a whole commit on a log in memory, k=10',
      aim: { is: 'at most', value: 10 },
      ...fromRounds(of('commit', 10, 100).map(({ value }) => value)),
    },
  ];
}
