import { bestOf, type InsideRow } from '../log/inside.ts';
import type { Row } from '../log/interleaved.ts';
import type { LongLogRow } from '../log/long-log.ts';
import { median } from '../log/statistics.ts';
import { markerAndCounter } from '../log/strategies/markers.ts';
import { log, logShared } from '../log/strategies/spillway.ts';
import { transactionPerEvent, transactionPerGroup } from '../log/strategies/transactions.ts';
import { dollarsOf, perSecond, ratio } from '../log/summary.ts';
import type { Check, Results } from './figures.ts';
import { laptopChecks } from './laptop.ts';

type Values<Key extends string | number> = Record<Key, number>;

/** Every aim, in the order of the list, with what the results say. */
export function checks(results: Results): Check[] {
  const rows = (name: string) => (results.get(name)?.rows ?? []) as readonly Row[];
  return [
    ...exactness(rows('exact')),
    ...units(rows('hot')),
    ...prices(rows('hot')),
    ...speed(rows('hot')),
    ...latency(rows('hot')),
    ...flatness(rows('flat').filter((row) => 'strategy' in row)),
    ...tails((results.get('flat')?.rows ?? []).filter((row) => 'records' in row) as LongLogRow[]),
    ...cpu((results.get('inside')?.rows ?? []) as readonly InsideRow[]),
    ...laptopChecks(results),
  ];
}

function exactness(rows: readonly Row[]): Check[] {
  const ours = rows.filter(({ strategy }) => strategy.startsWith(log.name));
  const sum = (pick: (row: Row) => number) =>
    ours.length === 0 ? null : ours.reduce((total, row) => total + pick(row), 0);
  const deliveries = sum(({ deliveries }) => deliveries);
  const again = sum(({ redelivered, died }) => redelivered + died);
  const check = (what: string, is: Check['aim']['is'], value: number, measured: number | null): Check => ({
    ...{ figure: 1, what, aim: { is, value }, measured },
  });
  return [
    check(
      'events counted, 1 to 16 callers',
      'at least',
      1e6,
      sum(({ events }) => events),
    ),
    check(
      '% of micro-batches delivered again',
      'at least',
      1.5,
      deliveries && (100 * (again ?? 0)) / deliveries,
    ),
    check(
      'events lost',
      'at most',
      0,
      sum(({ tally }) => tally.lost),
    ),
    check(
      'events counted twice',
      'at most',
      0,
      sum(({ tally }) => tally.doubled),
    ),
    check(
      'batches of another size',
      'at most',
      0,
      sum(({ tally }) => tally.wrongSized),
    ),
  ];
}

/** Units of the log alone. */
function units(rows: readonly Row[]): Check[] {
  const aims: Values<1 | 10 | 100> = { 1: 1, 10: 0.1, 100: 0.06 };
  return [1, 2].flatMap((c) =>
    ([1, 10, 100] as const).map((k) => ({
      figure: 2,
      what: `WCU per event, k=${k} c=${c}`,
      aim: { is: 'at most' as const, value: aims[k] * (c === 1 ? 1 : 1.25) },
      measured: middle(
        rows,
        { k, c, strategy: log.name },
        ({ usage, events }) => (usage.LOG?.wcu ?? 0) / events,
      ),
    })),
  );
}

function prices(rows: readonly Row[]): Check[] {
  const aims: [string, string, Values<1 | 10 | 100>][] = [
    ['99 in a transaction', transactionPerGroup.name, { 1: 4, 10: 20, 100: 30 }],
    ['a transaction per event', transactionPerEvent.name, { 1: 4, 10: 40, 100: 65 }],
    ['marker and counter', markerAndCounter.name, { 1: 2, 10: 17, 100: 27 }],
  ];
  return aims.flatMap(([than, rival, byK]) =>
    ([1, 10, 100] as const).map((k) => ({
      figure: 3,
      what: `times cheaper than ${than}, k=${k}`,
      aim: { is: 'at least' as const, value: byK[k] },
      measured: ratio(rows, { k, c: 1, strategy: rival }, log.name, dollarsOf),
    })),
  );
}

function speed(rows: readonly Row[]): Check[] {
  const aims: [strategy: string, k: number, c: number, times: number][] = [
    [log.name, 1, 1, 2],
    [log.name, 10, 1, 3],
    [log.name, 100, 1, 8],
    [logShared.name, 1, 16, 8],
    [logShared.name, 10, 16, 15],
  ];
  return aims.map(([strategy, k, c, times]) => ({
    figure: 4,
    what: `times as many events/s as 99 in a transaction, k=${k} c=${c}${c > 1 ? ', one process' : ''}`,
    aim: { is: 'at least' as const, value: times },
    measured: ratio(rows, { k, c, strategy }, transactionPerGroup.name, perSecond),
  }));
}

function latency(rows: readonly Row[]): Check[] {
  const check = (what: string, value: number, measured: number | null): Check => ({
    ...{ figure: 5, what, aim: { is: 'at most', value }, measured },
  });
  return ([1, 10, 100] as const).flatMap((k) => {
    const ours = { k, c: 1, strategy: log.name };
    return [
      check(
        `p50 over that of 99 in a transaction, k=${k}`,
        0.6,
        ratio(rows, ours, transactionPerGroup.name, ({ p50 }) => p50),
      ),
      check(
        `p99 in ms, k=${k}`,
        10,
        middle(rows, ours, ({ p99 }) => p99),
      ),
    ];
  });
}

/** How windows of 10,000 stand to windows of 100, in the same round. */
function flatness(rows: readonly Row[]): Check[] {
  const times = (k: number, pick: (row: Row) => number) => {
    const own = rows.filter((row) => row.k === k);
    const ratios = own
      .filter(({ batchEvents }) => batchEvents === 10_000)
      .flatMap((row) => {
        const small = own.find(({ round, batchEvents }) => round === row.round && batchEvents === 100);
        return small ? [pick(row) / pick(small)] : [];
      });
    return ratios.length === 0 ? null : median(ratios);
  };
  return [10, 100].flatMap((k): Check[] => [
    {
      figure: 6,
      what: `WCU per event of windows of 10,000 over 100, k=${k}`,
      aim: { is: 'at most', value: 1.01 },
      measured: times(k, ({ usage, events }) => (usage.LOG?.wcu ?? 0) / events),
    },
    {
      figure: 6,
      what: `p50 of windows of 10,000 over 100, k=${k}`,
      aim: { is: 'at most', value: 1.25 },
      measured: times(k, ({ p50 }) => p50),
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
      figure: 6,
      what: 'RCU to find the end of a log of 50,000 records',
      aim: { is: 'at most', value: 1 },
      measured: long.length === 0 ? null : median(long.map(({ rcu }) => rcu)),
    },
    {
      figure: 6,
      what: 'p50 of that over a log of 100 records',
      aim: { is: 'at most', value: 1.5 },
      measured: ratios.length === 0 ? null : median(ratios),
    },
  ];
}

function cpu(rows: readonly InsideRow[]): Check[] {
  const of = (what: InsideRow['what'], k: number, batchEvents: number) => {
    const values = rows.filter((row) => row.what === what && row.k === k && row.batchEvents === batchEvents);
    if (values.length === 0) return null;
    return bestOf(
      what,
      values.map(({ value }) => value),
    );
  };
  return [
    {
      figure: 7,
      what: 'decision and dedupe, million events in a second of CPU, best round',
      aim: { is: 'at least', value: 2 },
      measured: (of('decision and dedupe', 100, 100) ?? Number.NaN) / 1e6 || null,
    },
    {
      figure: 7,
      what: 'µs of CPU per event of a whole commit on a log in memory, k=10, best round',
      aim: { is: 'at most', value: 10 },
      measured: of('commit', 10, 100),
    },
  ];
}

function middle(
  rows: readonly Row[],
  { k, c, strategy }: { k: number; c: number; strategy: string },
  pick: (row: Row) => number,
): number | null {
  const rounds = rows.filter((row) => row.k === k && row.c === c && row.strategy === strategy);
  return rounds.length === 0 ? null : median(rounds.map(pick));
}
