import { barChart } from '../../../src/chart/bar-chart.ts';
import type { Result } from '../../results.ts';
import { columnOf, tableOf } from '../found-table.ts';
import type { Picture } from './picture.ts';

/** A hundred CSV files to Parquet, by the way it is done. */
export function picturesOfCsv(result: Result): Picture[] {
  const table = tableOf(result, '100 CSV files');
  const ways = columnOf(table, 'way').map(String);
  const rates = columnOf(table, 'rows/s').map((rate) => (typeof rate === 'number' ? rate : null));
  if (ways.length === 0) return [];
  return [
    {
      file: 'csv.svg',
      alt: 'Rows a second from 100 CSV files of 1,000 rows to Parquet, by the way it is done',
      svg: barChart({
        title: '100 CSV files of 1,000 rows to Parquet',
        subtitle:
          'Rows a second with a warm engine. The first way also checks every row, names bad files and stores what it wrote; the others do not. Longer is better.',
        groups: ways,
        strong: ways.slice(0, 1),
        series: [{ name: 'warm', values: rates }],
        y: { label: 'rows a second', scale: 'linear' },
      }),
    },
  ];
}
