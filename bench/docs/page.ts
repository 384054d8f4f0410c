import type { Reckoned } from '../../src/cli/costing.ts';
import type { Results } from '../figures/figures.ts';
import { STRATEGIES } from '../log/compare.ts';
import { aims } from './aims.ts';
import { ceiling } from './ceiling.ts';
import { chapters } from './chapters.ts';
import type { Picture } from './pictures/picture.ts';
import { short } from './short.ts';
import { HELPED, HOW, INTRO, STRATEGIES_HEAD, STRATEGIES_NOTES } from './texts.ts';

/** docs/performance.md and its pictures, from the results and what files usually cost. */
export function page(results: Results, usual: Reckoned): { text: string; pictures: Picture[] } {
  const found = chapters(results);
  const parts = [
    INTRO,
    short(results, usual),
    aims(results),
    ...found.map(({ text }) => text),
    ceiling(results, usual),
    HELPED,
    HOW,
    `${STRATEGIES_HEAD}\n${strategies()}\n\n${STRATEGIES_NOTES}`,
    machines(results),
  ];
  return {
    text: `${parts
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .join('\n\n')}\n`,
    pictures: found.flatMap(({ pictures }) => pictures),
  };
}

/** When and where each bench was run. */
function machines(results: Results): string {
  const rows = [...results.values()].map(({ name, date, commit, versions = {}, engine, machine, quick }) => {
    const { cores, cpu, memoryGiB, node, system } = machine;
    const where = `${cores} cores, ${cpu}, ${memoryGiB} GiB, ${system}, Node ${node}`;
    const used = Object.entries(versions).map(([what, version]) => `${what} ${version}`);
    const when = `${date.slice(0, 16).replace('T', ' ')} UTC${quick ? ', quick' : ''}`;
    // Old results tell their engine alone.
    const withs = used.length > 0 ? used.join(', ') : (engine ?? '–');
    return `| ${[name, when, commit ?? '–', withs, where].join(' | ')} |`;
  });
  return ['| bench | when | commit | with | machine |', '|---|---|---|---|---|', ...rows].join('\n');
}

function strategies(): string {
  return STRATEGIES.map(({ name, how }) => `| ${name} | ${how} |`).join('\n');
}
