import type { Section } from '../bench.ts';
import { numberIn, tableOf } from '../docs/found-table.ts';
import type { Row } from '../log/interleaved.ts';
import { markerAndCounter } from '../log/strategies/markers.ts';
import { everythingWritten, log, logShared } from '../log/strategies/spillway.ts';
import { transactionPerEvent, transactionPerGroup } from '../log/strategies/transactions.ts';
import { dollarsOf, perSecond, ratios, wcuOf } from '../log/summary.ts';
import type { Result } from '../results.ts';
import type { Check } from './figures.ts';
import { fromRounds, inRounds } from './rounds.ts';

type BySize = Record<1 | 10 | 100, number>;
const SIZES = [1, 10, 100] as const;
const ALL = everythingWritten.name;

/** What the log should cost and how fast it should be on one hot route, and where all that is written stands. */
export function logChecks(hot: Result | undefined): Check[] {
  const rows = (hot?.rows ?? []) as readonly Row[];
  const alone = tableOf(hot, 'One hot route, one caller');
  return [...units(rows), ...prices(rows), ...speed(rows), ...latency(rows, alone)];
}

function units(rows: readonly Row[]): Check[] {
  const aims: BySize = { 1: 1, 10: 0.1, 100: 0.06 };
  return [1, 2].flatMap((c) =>
    SIZES.map((k) => ({
      about: 'write units' as const,
      what: `WCU per event, log alone, k=${k} c=${c}`,
      aim: { is: 'at most' as const, value: aims[k] * (c === 1 ? 1 : 1.25) },
      ...fromRounds(inRounds(rows, { k, c, strategy: log.name }, wcuOf)),
      withAll: fromRounds(inRounds(rows, { k, c, strategy: ALL }, wcuOf)).measured,
    })),
  );
}

function prices(rows: readonly Row[]): Check[] {
  const aims: [string, string, BySize][] = [
    ['99 in a transaction', transactionPerGroup.name, { 1: 4, 10: 20, 100: 30 }],
    ['a transaction per event', transactionPerEvent.name, { 1: 4, 10: 40, 100: 65 }],
    ['marker and counter', markerAndCounter.name, { 1: 2, 10: 17, 100: 27 }],
  ];
  return aims.flatMap(([than, rival, byK]) =>
    SIZES.map((k) => {
      const times = (ours: string) => fromRounds(ratios(rows, { k, c: 1, strategy: rival }, ours, dollarsOf));
      return {
        about: 'price' as const,
        what: `times cheaper than ${than}, log alone, k=${k}`,
        aim: { is: 'at least' as const, value: byK[k] },
        ...times(log.name),
        withAll: times(ALL).measured,
      };
    }),
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
  return aims.map(([strategy, k, c, times]) => {
    const against = (of: string) =>
      fromRounds(ratios(rows, { k, c, strategy: of }, transactionPerGroup.name, perSecond));
    const alone = strategy === log.name;
    return {
      about: 'speed',
      what: `times as many events/s as 99 in a transaction, ${alone ? 'log alone' : 'log alone in one process'}, k=${k} c=${c}`,
      aim: { is: 'at least', value: times },
      ...against(strategy),
      ...(alone && { withAll: against(ALL).measured }),
    };
  });
}

/** @param alone the table of one caller, whose p99 is that of the deliveries of all rounds */
function latency(rows: readonly Row[], alone: Section | undefined): Check[] {
  return SIZES.flatMap((k): Check[] => {
    const of = (strategy: string) => ({ k, c: 1, strategy });
    const over = (strategy: string) =>
      fromRounds(ratios(rows, of(strategy), transactionPerGroup.name, ({ p50 }) => p50));
    const p99 = (strategy: string) => numberIn(alone, 'p99 ms', String(k), strategy);
    return [
      {
        about: 'latency',
        what: `p50 over that of 99 in a transaction, log alone, k=${k}`,
        aim: { is: 'at most', value: 0.6 },
        ...over(log.name),
        withAll: over(ALL).measured,
      },
      {
        about: 'latency',
        what: `p99 in ms, log alone, k=${k}`,
        aim: { is: 'at most', value: 10 },
        measured: p99(log.name),
        withAll: p99(ALL),
      },
    ];
  });
}
