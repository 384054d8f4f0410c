import { type LineSeries, lineChart } from '../../../src/chart/line-chart.ts';
import type { Result } from '../../results.ts';
import type { Sample } from '../../server/soak.ts';
import type { Picture } from './picture.ts';

/** Points in a line; more would hide it behind its marks. */
const POINTS = 13;

/** The server's memory while files trickle in. */
export function picturesOfSoak({ rows }: Result): Picture[] {
  const samples = rows as readonly Sample[];
  const last = samples.at(-1);
  if (last === undefined || samples.length < 2) return [];
  const minutes = Math.round(last.minute);
  const heap = samples.filter((sample) => typeof sample.heap === 'number');
  const lines: LineSeries[] = [
    {
      name: 'resident',
      emphasis: true,
      points: evenly(samples).map(({ minute, memory }) => [Math.round(minute), Math.round(memory)]),
    },
    {
      name: 'heap, collected',
      points: heap.map(({ minute, heap }) => [Math.round(minute), Math.round(heap ?? 0)]),
    },
  ];
  return [
    {
      file: 'soak.svg',
      alt: `The server's memory over ${minutes} minutes`,
      svg: lineChart({
        title: `Memory of the laptop's server over ${minutes} minutes`,
        subtitle: `${last.dropped.toLocaleString('en-US')} files arrive at a steady rate and stay where they are. Flat is good.`,
        x: { label: 'minutes', scale: 'linear' },
        y: { label: 'MB', scale: 'linear' },
        series: lines.filter(({ points }) => points.length > 1),
      }),
    },
  ];
}

function evenly(samples: readonly Sample[]): Sample[] {
  const count = Math.min(POINTS, samples.length);
  return Array.from({ length: count }, (_, point) =>
    samples.at(Math.round((point / (count - 1)) * (samples.length - 1))),
  ).filter((sample) => sample !== undefined);
}
