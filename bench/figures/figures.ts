import type { Bench, Cell } from '../bench.ts';
import { readResults } from '../docs/results-folder.ts';
import type { Result } from '../results.ts';
import { cellText } from '../table.ts';
import { checks } from './checks.ts';

/** One figure that we set out to reach, and where we are. */
export interface Check {
  /** Its number in the list of aims, or where it belongs. */
  figure: number | 'laptop';
  what: string;
  /** The aim as a bound: at least, or at most, so much. */
  aim: { is: 'at least' | 'at most'; value: number };
  /** Null when nothing was measured that tells. */
  measured: number | null;
}

/** The aims of docs/performance.md against the kept results. */
export const figures: Bench = {
  name: 'figures',
  about: 'the aims against the kept results: reached or missed',
  async run() {
    const found = checks(await readResults());
    const missed = found.filter((check) => !isReached(check)).length;
    return [
      {
        title: 'The figures we set out to reach',
        text: `${found.length - missed} of ${found.length} reached.`,
        head: ['figure', 'what', 'aim', 'measured', 'result'],
        rows: found.map(rowOf),
        notes: [],
      },
    ];
  },
};

const MEASURED = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 });

export function rowOf(check: Check): Cell[] {
  const { figure, what, aim, measured } = check;
  const verdict = measured === null ? 'not measured' : isReached(check) ? 'reached' : 'missed';
  // One digit more than elsewhere: 3.998 is not 4.
  const shown = measured === null ? null : MEASURED.format(measured);
  return [String(figure), what, `${aim.is} ${cellText(aim.value)}`, shown, verdict];
}

export function isReached({ aim, measured }: Check): boolean {
  if (measured === null) return false;
  return aim.is === 'at least' ? measured >= aim.value : measured <= aim.value;
}

export type Results = ReadonlyMap<string, Result>;
