import { numberText } from '../../../src/chart/chart.ts';
import { type Panel, panelChart } from '../../../src/chart/panels.ts';
import { defaultOptions } from '../../../src/service/options.ts';
import type { Grown } from '../../growth/work.ts';
import type { Result } from '../../results.ts';
import type { Picture } from './picture.ts';

interface Drawn {
  grows: Grown['grows'];
  title: string;
  by: string;
  value(row: Grown): number | null;
}

const MICROS: readonly Drawn[] = [
  { grows: 'window', title: 'µs, by the size of a window', by: 'events in a window', value: cpu },
  { grows: 'log', title: 'µs, by the length of the log', by: 'records in the log', value: cpu },
  { grows: 'partitions', title: 'µs, by the number of partitions', by: 'partitions', value: cpu },
];

const ELSE: readonly Drawn[] = [
  {
    ...{ grows: 'window', by: 'events in a window' },
    title: 'Longest calls, p99 in ms: one that closes a window builds its input',
    value: ({ p99 }) => p99,
  },
  {
    ...{ grows: 'log', by: 'records since it was born' },
    title: 'Read units for one late duplicate that no process remembers',
    value: ({ late }) => late?.readUnits ?? null,
  },
  {
    ...{ grows: 'partitions', by: 'partitions' },
    title: `Reads per event: a process remembers ${numberText(defaultOptions.partitionsRemembered)} partitions`,
    value: ({ reads }) => reads,
  },
];

/** Smaller amounts are as good as none. */
const LEAST = 0.01;

/** What an event takes, by the size of what surrounds it: small charts, for each has other units and other groups. */
export function picturesOfGrowth({ rows }: Result): Picture[] {
  const grown = rows as readonly Grown[];
  const drawn = [
    { name: 'Processor time of an event', panels: MICROS.flatMap((each) => panelOf(each, grown)) },
    { name: 'What else may grow', panels: ELSE.flatMap((each) => panelOf(each, grown)) },
  ].filter(({ panels }) => panels.length > 0);
  if (drawn.length === 0) return [];
  return [
    {
      file: 'growth.svg',
      alt: 'Processor time, longest calls and reads of an event, by the size of the window, the length of the log and the number of partitions',
      svg: panelChart({
        title: 'What an event takes, while everything around it grows',
        subtitle:
          'The whole service and one caller, on a log in memory. Every axis begins at 0. Flat is good.',
        rows: drawn,
      }),
    },
  ];
}

function panelOf({ grows, title, by, value }: Drawn, grown: readonly Grown[]): Panel[] {
  const points = grown
    .filter((row) => row.grows === grows)
    .flatMap((row) => {
      const found = value(row);
      return found === null ? [] : [[row.size, found] as const];
    })
    .sort(([a], [b]) => a - b);
  return points.length < 2 ? [] : [{ title, x: { label: by }, y: { format: amountText }, points }];
}

function cpu({ cpuUs }: Grown): number {
  return cpuUs;
}

function amountText(value: number): string {
  return value > 0 && value < LEAST ? `<${LEAST}` : numberText(value);
}
