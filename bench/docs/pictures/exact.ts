import { barChart } from '../../../src/chart/bar-chart.ts';
import type { Row } from '../../log/interleaved.ts';
import { everythingWritten, log } from '../../log/strategies/spillway.ts';
import { summaries } from '../../log/summary.ts';
import type { Result } from '../../results.ts';
import type { Picture } from './picture.ts';

const OURS = [log.name, everythingWritten.name];

/** What is left wrong when processes die, by strategy. */
export function picturesOfExact({ rows }: Result): Picture[] {
  const dead = (rows as readonly Row[]).filter(({ died }) => died > 0);
  const names = [...new Set(summaries(dead).map(({ strategy }) => strategy))];
  if (names.length === 0) return [];
  const perThousand = (name: string, pick: (row: Row) => number) => {
    const own = dead.filter(({ strategy }) => strategy === name);
    const events = own.reduce((sum, row) => sum + row.events, 0);
    return (1000 * own.reduce((sum, row) => sum + pick(row), 0)) / events;
  };
  const wrong = names.map((name) => ({
    name,
    lost: perThousand(name, ({ tally }) => tally.lost),
    doubled: perThousand(name, ({ tally }) => tally.doubled),
  }));
  wrong.sort((a, b) => b.lost + b.doubled - a.lost - a.doubled);
  return [
    {
      file: 'exact.svg',
      alt: 'Events lost or counted twice in a thousand when processes die, for each strategy',
      svg: barChart({
        title: 'Events lost or counted twice, of a thousand, when processes die',
        subtitle:
          'Every tenth micro-batch kills the process that counts it, at some request; another process gets it again.',
        groups: wrong.map(({ name }) => name),
        strong: OURS,
        series: [{ name: 'wrong', values: wrong.map(({ lost, doubled }) => lost + doubled) }],
        y: { label: 'events lost or doubled, of 1,000', scale: 'linear' },
      }),
    },
  ];
}
