import { lineChart } from '../../../src/chart/line-chart.ts';
import type { Results } from '../../figures/figures.ts';
import { quantile } from '../../log/statistics.ts';
import { lateRows } from '../late-rows.ts';
import type { Picture } from './picture.ts';

/** Per cent of the windows that the lines have a point for. */
const SHARES = [1, 10, 25, 50, 75, 90, 95, 99, 100];

/** How many windows have closed so long after their deadline, in both homes. */
export function picturesOfLateness(results: Results): Picture[] {
  const { laptop, aws } = lateRows(results);
  const rows = [...laptop, ...aws];
  if (rows.length === 0) return [];
  const early = rows.reduce((sum, row) => sum + row.early, 0);
  return [
    {
      file: 'lateness.svg',
      alt: 'Share of windows closed by the milliseconds since their deadline',
      svg: lineChart({
        title: 'How late windows close',
        subtitle: `Share of the windows that had closed so many milliseconds after their deadline. ${early === 0 ? 'None' : early} closed before it.`,
        x: {
          label: 'ms after the deadline; 1 or less at the left edge',
          scale: 'log',
          ticks: [1, 10, 100, 1000],
        },
        y: { label: '% of the windows', scale: 'linear', ticks: [0, 25, 50, 75, 100] },
        series: rows.map(({ server, late }) => ({
          name: server,
          label: server,
          points: SHARES.map((share) => [Math.max(1, quantile(late, share / 100) ?? 1), share] as const),
        })),
      }),
    },
  ];
}
