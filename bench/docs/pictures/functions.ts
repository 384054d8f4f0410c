import { barChart } from '../../../src/chart/bar-chart.ts';
import type { Cell } from '../../bench.ts';
import type { Result } from '../../results.ts';
import { columnOf, tableOf } from '../found-table.ts';
import type { Picture } from './picture.ts';

/** The functions that an event or a deadline waits for. */
const AWAITED = ['ingest', 'command'];

/** What each function has to load before it can begin, and what it opens. */
export function picturesOfFunctions(result: Result): Picture[] {
  const table = tableOf(result, 'Size and cold start');
  const names = columnOf(table, 'function').map(String);
  const loads = columnOf(table, 'load ms').map(whole);
  const opens = columnOf(table, 'load and open ms').map(whole);
  if (names.length === 0) return [];
  return [
    {
      file: 'cold-start.svg',
      alt: 'Milliseconds that each function takes to load in a fresh process, and to open its table and clients',
      svg: barChart({
        title: 'What a cold start loads',
        subtitle:
          'A fresh Node process imports the bundle of a function; those that take messages also open table and clients. Strong: what an event or a deadline waits for. Lambda adds the start of its sandbox.',
        groups: names,
        strong: AWAITED,
        stacked: true,
        series: [
          { name: 'loading the bundle', values: loads },
          { name: 'opening table and clients', values: opens.map((open, at) => above(open, loads[at])) },
        ],
        y: { label: 'ms', scale: 'linear' },
      }),
    },
  ];
}

function whole(cell: Cell): number | null {
  return typeof cell === 'number' ? Math.round(cell) : null;
}

function above(value: number | null, base: number | null = null): number | null {
  return value === null || base === null ? null : Math.max(0, value - base);
}
