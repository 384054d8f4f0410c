import { barChart } from '../../../src/chart/bar-chart.ts';
import type { Result } from '../../results.ts';
import { columnOf, tableOf } from '../found-table.ts';
import type { Picture } from './picture.ts';

/** What each function has to load before it can begin. */
export function picturesOfFunctions(result: Result): Picture[] {
  const table = tableOf(result, 'Size and cold start');
  const names = columnOf(table, 'function').map(String);
  const times = columnOf(table, 'load ms');
  if (names.length === 0) return [];
  return [
    {
      file: 'cold-start.svg',
      alt: 'Milliseconds that each function takes to load in a fresh process',
      svg: barChart({
        title: 'What a cold start loads',
        subtitle:
          'A fresh Node process imports the bundle of a function. Lambda adds the start of its sandbox.',
        groups: names,
        series: [
          { name: 'load', values: times.map((time) => (typeof time === 'number' ? Math.round(time) : null)) },
        ],
        y: { label: 'ms', scale: 'linear' },
      }),
    },
  ];
}
