import { lineChart } from '../../../src/chart/line-chart.ts';
import type { Result } from '../../results.ts';
import type { Sample } from '../../server/soak.ts';
import type { Picture } from './picture.ts';

/** Points in the line; more would hide it behind its marks. */
const POINTS = 13;

/** The server's memory while files trickle in. */
export function picturesOfSoak({ rows }: Result): Picture[] {
  const samples = rows as readonly Sample[];
  const last = samples.length - 1;
  if (last < 1) return [];
  const chosen = Array.from(
    { length: Math.min(POINTS, samples.length) },
    (_, point, of = Math.min(POINTS, samples.length) - 1) => samples[Math.round((point / of) * last)],
  ).filter((sample) => sample !== undefined);
  const minutes = Math.round(samples[last]?.minute ?? 0);
  return [
    {
      file: 'soak.svg',
      alt: `The server's memory over ${minutes} minutes`,
      svg: lineChart({
        title: `Memory of the laptop's server over ${minutes} minutes`,
        subtitle: `${(samples[last]?.dropped ?? 0).toLocaleString('en-US')} files arrive at a steady rate and stay where they are.`,
        x: { label: 'minutes', scale: 'linear' },
        y: { label: 'MB, resident', scale: 'linear', ticks: [0, 100, 200, 300, 400] },
        series: [
          {
            name: 'memory',
            emphasis: true,
            points: chosen.map(({ minute, memory }) => [Math.round(minute), Math.round(memory)] as const),
          },
        ],
      }),
    },
  ];
}
