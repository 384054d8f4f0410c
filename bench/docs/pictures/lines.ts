import type { LineSeries } from '../../../src/chart/line-chart.ts';
import { lineChart } from '../../../src/chart/line-chart.ts';
import type { Row } from '../../log/interleaved.ts';
import { barePut } from '../../log/strategies/floor.ts';
import { everythingWritten, log, logShared } from '../../log/strategies/spillway.ts';
import { type Summary, summaries } from '../../log/summary.ts';
import type { Picture } from './picture.ts';

const OURS: readonly string[] = [everythingWritten.name, logShared.name, log.name];

/** Events in a micro-batch, where callers are compared. */
const GROUP = 10;

/** Events a second against callers: processes that race each other, and callers in one process. */
export function byCallers(
  rows: readonly Row[],
  { file, alt, title }: Omit<Picture, 'svg'> & { title: string },
): Picture {
  const shown = summaries(rows).filter(
    ({ k, strategy }) => k === GROUP && strategy !== barePut.name && strategy !== log.name,
  );
  return {
    file,
    alt,
    svg: lineChart({
      title,
      subtitle: `Micro-batches of ${GROUP}. Callers are processes of their own, except in "${logShared.name}". Client and server share the machine. Higher is better.`,
      x: {
        label: 'callers',
        scale: 'log',
        ticks: [...new Set(shown.map(({ c }) => c))].sort((a, b) => a - b),
      },
      y: { label: 'events a second', scale: 'log' },
      series: linesOf(
        shown,
        ({ c }) => c,
        ({ perSecond }) => perSecond,
        [everythingWritten.name, logShared.name],
      ),
    }),
  };
}

/** A line for each strategy, ours first. */
export function linesOf(
  all: readonly Summary[],
  x: (each: Summary) => number,
  y: (each: Summary) => number,
  strong: readonly string[],
): LineSeries[] {
  const rank = (name: string) => (OURS.includes(name) ? OURS.indexOf(name) : OURS.length);
  return [...Map.groupBy(all, ({ strategy }) => strategy)]
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([name, points]) => ({
      name,
      emphasis: strong.includes(name),
      points: points.map((each) => [x(each), y(each)] as const).sort(([a], [b]) => a - b),
    }));
}
