import { lineChart } from '../../../src/chart/line-chart.ts';
import type { Grown } from '../../growth/work.ts';
import type { Result } from '../../results.ts';
import type { Picture } from './picture.ts';

const LINES: readonly [grows: Grown['grows'], name: string][] = [
  ['window', 'events in a window'],
  ['log', 'records in the log'],
  ['partitions', 'partitions'],
];

/** What an event takes of a processor, by the size of what surrounds it. */
export function picturesOfGrowth({ rows }: Result): Picture[] {
  const grown = rows as readonly Grown[];
  const series = LINES.flatMap(([grows, name]) => {
    const points = grown
      .filter((row) => row.grows === grows)
      .map(({ size, cpuUs }) => [size, cpuUs] as const)
      .sort(([a], [b]) => a - b);
    return points.length < 2 ? [] : [{ name, points }];
  });
  if (series.length === 0) return [];
  return [
    {
      file: 'growth.svg',
      alt: 'Processor time of an event by the size of the window, the length of the log and the number of partitions',
      svg: lineChart({
        title: 'What an event takes, while everything around it grows',
        subtitle: 'Processor time of one event through the whole service, on a log in memory. Flat is good.',
        x: { label: 'how many there are', scale: 'log', ticks: [1, 100, 10_000, 1_000_000] },
        y: { label: 'µs of CPU per event', scale: 'linear' },
        series,
      }),
    },
  ];
}
