import { columnOf, numberIn, tableOf } from '../docs/found-table.ts';
import { slope } from '../server/figures.ts';
import type { Sample } from '../server/soak.ts';
import type { Check, Results } from './figures.ts';

/** What the laptop's server should do, with what the results say. */
export function laptopChecks(results: Results): Check[] {
  const server = results.get('server');
  const floods = tableOf(server, 'Files dropped');
  const history = tableOf(server, 'Start-up');
  const csv = tableOf(results.get('csv'), '100 CSV files');
  return [
    ...columnOf(floods, 'files').map((files) =>
      check(
        `files a second from drop to start, ${Number(files).toLocaleString('en-US')} at once`,
        'at least',
        2_000,
        numberIn(floods, 'files/s', files),
      ),
    ),
    check('s to listen with a million events', 'at most', 1, numberIn(history, 'listens s', ...LONG)),
    check('MB of memory with a million events', 'at most', 300, numberIn(history, 'memory MB', ...LONG)),
    check('MB that its memory grows in an hour', 'at most', 10, perHour(results)),
    check('ms for 100 CSV files of 1,000 rows', 'at most', 50, firstNumber(columnOf(csv, 'warm ms'))),
  ];
}

/** A million events in the log and 10,000 open windows, started as any time but the first. */
const LONG = [1_000_000, 10_000, 'an orderly stop, again'];

function check(what: string, is: Check['aim']['is'], value: number, measured: number | null): Check {
  return { about: 'laptop', what, aim: { is, value }, measured };
}

function firstNumber(cells: readonly unknown[]): number | null {
  const [first] = cells;
  return typeof first === 'number' ? first : null;
}

/** Caches fill at first: the line is drawn through the last three quarters. */
function perHour(results: Results): number | null {
  const samples = (results.get('soak')?.rows ?? []) as readonly Sample[];
  const settled = samples.slice(Math.floor(samples.length / 4));
  if (settled.length < 2) return null;
  return 60 * slope(settled.map(({ minute, memory }) => ({ x: minute, y: memory })));
}
