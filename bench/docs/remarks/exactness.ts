import type { Results } from '../../figures/figures.ts';
import { STRATEGIES } from '../../log/compare.ts';
import { listOnWindow } from '../../log/strategies/list.ts';
import { markerAndCounter, markersThenCounter } from '../../log/strategies/markers.ts';
import { isWrong, type Wrong, wrongs } from './wrong.ts';

const APART = 'a process that dies between the two leaves an event that is marked and never counted';

/** Why a strategy goes wrong, where we know. */
const WHY: Readonly<Record<string, string>> = {
  [listOnWindow.name]:
    'the list is gone with its window, so an event that comes again after that goes into the next one',
  [markerAndCounter.name]: APART,
  [markersThenCounter.name]: APART,
};

/** Which strategies counted every event once, and which did not, with and without deaths. */
export function exactnessRemark(results: Results): string {
  const { alive, dying } = wrongs(results);
  const names = STRATEGIES.map(({ name }) => name).filter((name) =>
    [...alive, ...dying].some(({ strategy }) => strategy === name),
  );
  const failed = (found: readonly Wrong[]) => found.filter(isWrong).map(({ strategy }) => strategy);
  const always = failed(alive);
  const onlyDying = failed(dying).filter((name) => !always.includes(name));
  const right = names.filter((name) => !always.includes(name) && !onlyDying.includes(name));
  const lines = [
    ['Exact in every measurement', right, false],
    ['Wrong when processes die', onlyDying, true],
    ['Wrong though no process dies', always, true],
  ] as const;
  return [
    'After each measurement the table is read and compared with what was delivered: are events lost, are events counted twice, does every batch hold 100?',
    lines
      .filter(([, which]) => which.length > 0)
      .map(
        ([title, which, why]) =>
          `- **${title}:** ${which.map((name) => quoted(name)).join(', ')}.${why ? reasons(which) : ''}`,
      )
      .join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function reasons(names: readonly string[]): string {
  const found = new Set(names.flatMap((name) => WHY[name] ?? []));
  return [...found].map((why) => ` ${why.charAt(0).toUpperCase()}${why.slice(1)}.`).join('');
}

function quoted(name: string): string {
  return `"${name}"`;
}
