import { barChart } from '../../../src/chart/bar-chart.ts';
import type { Result } from '../../results.ts';
import { columnOf, tableOf } from '../found-table.ts';
import type { Picture } from './picture.ts';

/** A hundred CSV files to Parquet, by the way it is done. */
export function picturesOfCsv(result: Result): Picture[] {
  const table = tableOf(result, '100 CSV files');
  const ways = columnOf(table, 'way').map(String);
  const times = columnOf(table, 'warm ms');
  if (ways.length === 0) return [];
  return [
    {
      file: 'csv.svg',
      alt: 'Milliseconds for 100 CSV files of 1,000 rows to become Parquet, by the way it is done',
      svg: barChart({
        title: '100 CSV files of 1,000 rows to Parquet',
        subtitle:
          'The engine is warm. The first also checks every row, names bad files and stores what it wrote.',
        groups: ways,
        strong: ways.slice(0, 1),
        series: [
          { name: 'warm', values: times.map((time) => (typeof time === 'number' ? Math.round(time) : null)) },
        ],
        y: { label: 'ms', scale: 'log' },
      }),
    },
  ];
}
