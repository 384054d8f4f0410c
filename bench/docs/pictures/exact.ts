import { barChart } from '../../../src/chart/bar-chart.ts';
import type { Results } from '../../figures/figures.ts';
import { everythingWritten, log } from '../../log/strategies/spillway.ts';
import { type Wrong, wrongs } from '../remarks/wrong.ts';
import type { Picture } from './picture.ts';

const OURS: readonly string[] = [log.name, everythingWritten.name];

/** What is left wrong, by strategy: while all processes live, and when some die. */
export function picturesOfExact(results: Results): Picture[] {
  const { alive, dying } = wrongs(results);
  if (dying.length === 0) return [];
  const names = dying.map(({ strategy }) => strategy).sort((a, b) => rank(a, dying) - rank(b, dying));
  const share = (found: readonly Wrong[], name: string) => {
    const own = found.find(({ strategy }) => strategy === name);
    return own ? perThousand(own) : null;
  };
  return [
    {
      file: 'exact.svg',
      alt: 'Events lost or counted twice, of a thousand, for each strategy, with and without processes that die',
      svg: barChart({
        title: 'Events lost or counted twice, of a thousand',
        subtitle:
          'Two of a hundred events are delivered again in both. Where processes die, every tenth micro-batch kills the one that counts it, at one of its requests, and another process gets it.',
        groups: ['No process dies', 'Processes die'],
        series: names.map((name) => ({
          name,
          emphasis: OURS.includes(name),
          values: [share(alive, name), share(dying, name)],
        })),
        y: { label: 'events lost or counted twice, of 1,000', scale: 'linear' },
      }),
    },
  ];
}

/** Ours first, then by what went wrong. */
function rank(name: string, found: readonly Wrong[]): number {
  if (OURS.includes(name)) return -OURS.length + OURS.indexOf(name);
  const own = found.find(({ strategy }) => strategy === name);
  return own ? perThousand(own) : 0;
}

function perThousand({ events, lost, doubled }: Wrong): number {
  return (1_000 * (lost + doubled)) / events;
}
