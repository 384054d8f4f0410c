import type { Bench, Cell } from '../bench.ts';
import { readResults } from '../docs/results-folder.ts';
import type { Result } from '../results.ts';
import { cellText } from '../table.ts';
import { checks } from './checks.ts';
import type { FromRounds } from './rounds.ts';

/** One figure that we set out to reach, and where we are. */
export interface Check extends FromRounds {
  about: 'exactness' | 'write units' | 'price' | 'speed' | 'latency' | 'growth' | 'processor time' | 'laptop';
  what: string;
  /** The aim as a bound: at least, or at most, so much. */
  aim: { is: 'at least' | 'at most'; value: number };
  /** The same figure for all that the product writes; absent where it was not measured. */
  withAll?: number | null;
}

/** The aims of docs/performance.md against the kept results. */
export const figures: Bench = {
  name: 'figures',
  about: 'the aims against the kept results: reached or missed',
  async run() {
    const found = checks(await readResults());
    return [
      {
        title: 'The figures we set out to reach',
        text: summaryOf(found),
        head: HEAD,
        rows: found.map(rowOf),
        notes: [],
      },
    ];
  },
};

export const HEAD = ['about', 'what', 'aim', 'median', 'rounds', 'result', 'with all items'];

const MEASURED = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 });

export function rowOf(check: Check): Cell[] {
  const { about, what, aim, measured, range, withAll } = check;
  const verdict = measured === null ? 'not measured' : isReached(check) ? 'reached' : 'missed';
  return [
    ...[about, what, `${aim.is} ${cellText(aim.value)}`],
    shown(measured),
    range ? [...new Set(range.map(cellText))].join(' to ') : '',
    verdict,
    withAll === undefined ? '' : shown(withAll),
  ];
}

/** How many are reached, by what they are judged, and what the others would be judged by. */
export function summaryOf(found: readonly Check[]): string {
  const judged = found.filter(isReached).length;
  const other = found.flatMap(({ withAll, ...check }) =>
    typeof withAll === 'number' ? [{ ...check, measured: withAll }] : [],
  );
  const all =
    other.length === 0
      ? ''
      : ' Write units, price, speed and latency are judged by the log alone, for which the aims were set. "With all items" is the ' +
        `same figure for all that the product writes: by it, ${other.filter(isReached).length} of ${other.length} are reached.`;
  return `${judged} of ${found.length} reached, by the median of the rounds.${all}`;
}

export function isReached({ aim, measured }: Pick<Check, 'aim' | 'measured'>): boolean {
  if (measured === null) return false;
  return aim.is === 'at least' ? measured >= aim.value : measured <= aim.value;
}

/** One digit more than elsewhere: 3.998 is not 4. */
function shown(value: number | null): string | null {
  return value === null ? null : MEASURED.format(value);
}

export type Results = ReadonlyMap<string, Result>;
