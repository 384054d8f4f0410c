import { lineChart } from '../../../src/chart/line-chart.ts';
import type { Row } from '../../log/interleaved.ts';
import { barePut } from '../../log/strategies/floor.ts';
import { everythingWritten, log, logShared } from '../../log/strategies/spillway.ts';
import { summaries } from '../../log/summary.ts';
import type { Result } from '../../results.ts';
import { byCallers, linesOf } from './lines.ts';
import type { Picture } from './picture.ts';

/** What the results of one hot route look like. */
export function picturesOfHot({ rows }: Result): Picture[] {
  const all = summaries(rows as readonly Row[]);
  if (all.length === 0) return [];
  const alone = all.filter(
    ({ c, strategy }) => c === 1 && strategy !== logShared.name && strategy !== barePut.name,
  );
  return [
    {
      file: 'dollars.svg',
      alt: "DynamoDB's price per million events, by events in a micro-batch, for each strategy",
      svg: lineChart({
        title: 'What DynamoDB charges for a million events',
        subtitle: `One hot route, one caller, failed conditions included. "${log.name}" is the counting alone, "${everythingWritten.name}" all that the product writes. Lower is better.`,
        x: { label: 'events in a micro-batch', scale: 'log', ticks: [...new Set(alone.map(({ k }) => k))] },
        y: {
          label: '$ per million events',
          scale: 'log',
          ticks: decades(alone.map(({ dollars }) => dollars)),
        },
        series: linesOf(
          alone,
          ({ k }) => k,
          ({ dollars }) => dollars,
          [everythingWritten.name],
        ),
      }),
    },
    byCallers(rows as readonly Row[], {
      file: 'callers.svg',
      alt: 'Events a second by the number of callers on one partition, for each strategy',
      title: 'Events a second, by callers on one partition',
    }),
  ];
}

/** Powers of ten that begin at or below the values, and end below them: the highest needs no decade of its own. */
function decades(values: readonly number[]): number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) =>
    Math.floor(Math.log10(value)),
  );
  return Array.from({ length: (high ?? 0) - (low ?? 0) + 1 }, (_, step) => 10 ** ((low ?? 0) + step));
}
