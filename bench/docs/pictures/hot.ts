import { lineChart } from '../../../src/chart/line-chart.ts';
import type { Row } from '../../log/interleaved.ts';
import { barePut } from '../../log/strategies/floor.ts';
import { everythingWritten, log, logShared } from '../../log/strategies/spillway.ts';
import { type Summary, summaries } from '../../log/summary.ts';
import type { Result } from '../../results.ts';
import type { Picture } from './picture.ts';

const OURS: readonly string[] = [log.name, logShared.name, everythingWritten.name];

/** What the results of one hot route look like. */
export function picturesOfHot({ rows }: Result): Picture[] {
  const all = summaries(rows as readonly Row[]);
  const callers = [...new Set(all.map(({ c }) => c))].sort((a, b) => a - b);
  return [
    {
      file: 'dollars.svg',
      alt: "DynamoDB's price per million events, by events in a micro-batch, for each strategy",
      svg: lineChart({
        title: 'What DynamoDB charges for a million events',
        subtitle: 'One hot route, one caller, failed conditions included. Lower is better.',
        x: { label: 'events in a micro-batch', scale: 'log', ticks: [1, 10, 100] },
        y: { label: '$ per million events', scale: 'log' },
        series: lines(
          all.filter(({ c, strategy }) => c === 1 && ![logShared.name, barePut.name].includes(strategy)),
          ({ k }) => k,
          ({ dollars }) => dollars,
        ),
      }),
    },
    {
      file: 'callers.svg',
      alt: 'Events a second by the number of callers on one partition, for each strategy',
      svg: lineChart({
        title: 'Events a second, by callers on one partition',
        subtitle: 'Micro-batches of 10. Client and server share the machine. Higher is better.',
        x: { label: 'callers', scale: 'log', ticks: callers },
        y: { label: 'events a second', scale: 'log' },
        series: lines(
          all.filter(
            ({ k, strategy }) => k === 10 && ![everythingWritten.name, barePut.name].includes(strategy),
          ),
          ({ c }) => c,
          ({ perSecond }) => perSecond,
          [logShared.name],
        ),
      }),
    },
  ];
}

function lines(
  all: Summary[],
  x: (each: Summary) => number,
  y: (each: Summary) => number,
  strong: string[] = [],
) {
  return [...Map.groupBy(all, ({ strategy }) => strategy)]
    .sort(([a], [b]) => Number(OURS.includes(b)) - Number(OURS.includes(a)))
    .map(([name, points]) => ({
      name,
      ...([log.name, ...strong].includes(name) && { emphasis: true }),
      points: points.map((each) => [x(each), y(each)] as const).sort(([a], [b]) => a - b),
    }));
}
