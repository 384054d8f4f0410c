import type { Results } from '../../figures/figures.ts';
import type { LateRow } from '../../lateness/lateness.ts';
import type { Result } from '../../results.ts';
import { picturesOfCsv } from './csv.ts';
import { picturesOfExact } from './exact.ts';
import { picturesOfFunctions } from './functions.ts';
import { picturesOfGrowth } from './growth.ts';
import { picturesOfHot } from './hot.ts';
import { picturesOfLateness } from './lateness.ts';
import type { Picture } from './picture.ts';
import { picturesOfSoak } from './soak.ts';

const DRAWN: Readonly<Record<string, (result: Result) => Picture[]>> = {
  hot: picturesOfHot,
  exact: picturesOfExact,
  growth: picturesOfGrowth,
  csv: picturesOfCsv,
  soak: picturesOfSoak,
  functions: picturesOfFunctions,
};

/** The pictures of a bench. Those of both places where lateness is measured are one. */
export function picturesOf(name: string, results: Results): Picture[] {
  if (name === 'lateness') {
    const rows = (bench: string) => (results.get(bench)?.rows ?? []) as LateRow[];
    const laptop = rows('lateness').map((row) => ({ ...row, server: `laptop, ${row.server}` }));
    return picturesOfLateness([...laptop, ...rows('lateness-aws')]);
  }
  const result = results.get(name);
  const draw = DRAWN[name];
  return result && draw ? draw(result) : [];
}
