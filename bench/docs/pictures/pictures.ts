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
    const both = ['lateness', 'lateness-aws'].flatMap((each) => results.get(each)?.rows ?? []);
    return picturesOfLateness(both as LateRow[]);
  }
  const result = results.get(name);
  const draw = DRAWN[name];
  return result && draw ? draw(result) : [];
}
