import type { Results } from '../../figures/figures.ts';
import type { Result } from '../../results.ts';
import { picturesOfCsv } from './csv.ts';
import { picturesOfExact } from './exact.ts';
import { picturesOfFunctions } from './functions.ts';
import { picturesOfGrowth } from './growth.ts';
import { picturesOfHot } from './hot.ts';
import { picturesOfLateness } from './lateness.ts';
import type { Picture } from './picture.ts';
import { picturesOfSoak } from './soak.ts';
import { picturesOfSpread } from './spread.ts';

/** What is drawn of one result. */
const DRAWN: Readonly<Record<string, (result: Result) => Picture[]>> = {
  hot: picturesOfHot,
  spread: picturesOfSpread,
  growth: picturesOfGrowth,
  csv: picturesOfCsv,
  soak: picturesOfSoak,
  functions: picturesOfFunctions,
};

/** What is drawn of several, by the bench whose chapter it stands in. */
const TOGETHER: Readonly<Record<string, (results: Results) => Picture[]>> = {
  exact: picturesOfExact,
  lateness: picturesOfLateness,
};

/** The pictures of a bench. */
export function picturesOf(name: string, results: Results): Picture[] {
  const together = TOGETHER[name];
  if (together) return together(results);
  const result = results.get(name);
  const draw = DRAWN[name];
  return result && draw ? draw(result) : [];
}
