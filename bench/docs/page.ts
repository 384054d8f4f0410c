import { checks } from '../figures/checks.ts';
import { isReached, type Results, rowOf } from '../figures/figures.ts';
import type { Grown } from '../growth/work.ts';
import { STRATEGIES } from '../log/compare.ts';
import type { Row } from '../log/interleaved.ts';
import { log } from '../log/strategies/spillway.ts';
import { summaries } from '../log/summary.ts';
import { sectionMarkdown } from '../table.ts';
import type { Picture } from './pictures/picture.ts';
import { picturesOf } from './pictures/pictures.ts';
import {
  CEILING,
  CHAPTERS,
  type Chapter,
  HELPED,
  HOW,
  INTRO,
  STRATEGIES_HEAD,
  STRATEGIES_NOTES,
  WHY_MISSED,
} from './texts.ts';

/** docs/performance.md and its pictures, from the results and what is said of them in short. */
export function page(results: Results, short: string): { text: string; pictures: Picture[] } {
  const chapters = CHAPTERS.map((chapter) => chapterOf(chapter, results));
  const parts = [
    INTRO,
    short,
    aims(results),
    ...chapters.map(({ text }) => text),
    ceiling(results),
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
    pictures: chapters.flatMap(({ pictures }) => pictures),
  };
}

/** What is to be seen first, then what it was drawn from, folded. */
function chapterOf({ title, text, benches }: Chapter, results: Results) {
  const found = benches.filter((name) => results.has(name));
  if (found.length === 0) return { text: '', pictures: [] };
  const pictures = found.flatMap((name) => picturesOf(name, results));
  const sections = found.flatMap((name) => results.get(name)?.sections ?? []);
  const parts = [
    `## ${title}`,
    text,
    ...pictures.map(({ file, alt }) => `![${alt}](performance/${file})`),
    folded('The tables', sections.map((section) => sectionMarkdown(section, 3)).join('\n')),
  ];
  return { text: parts.join('\n\n'), pictures };
}

function folded(title: string, text: string): string {
  return `<details><summary>${title}</summary>\n\n${text.trim()}\n\n</details>`;
}

/** When and where each bench was run. */
function machines(results: Results): string {
  const rows = [...results.values()].map(({ name, date, engine, machine, quick }) => {
    const { cores, cpu, memoryGiB, node, system } = machine;
    const where = `${cores} cores, ${cpu}, ${memoryGiB} GiB, ${system}, Node ${node}`;
    return `| ${name} | ${date.slice(0, 16).replace('T', ' ')} UTC${quick ? ', quick' : ''} | ${engine ?? '–'} | ${where} |`;
  });
  return ['| bench | when | table | machine |', '|---|---|---|---|', ...rows].join('\n');
}

function strategies(): string {
  return STRATEGIES.map(({ name, how }) => `| ${name} | ${how} |`).join('\n');
}

function aims(results: Results): string {
  const found = checks(results);
  const missed = found.filter((check) => !isReached(check));
  const table = (rows: typeof found, title: string) =>
    sectionMarkdown(
      {
        title,
        text: '',
        head: ['figure', 'what', 'aim', 'measured', 'result'],
        rows: rows.map(rowOf),
        notes: [],
      },
      3,
    );
  return [
    '## What we set out to reach',
    `${found.length - missed.length} of ${found.length} reached.`,
    missed.length === 0 ? '' : table(missed, 'Not reached').trim(),
    ...WHY_MISSED.filter(({ of }) => missed.some(({ what }) => of.test(what))).map(({ why }) => why),
    folded('All of them', table(found, 'Aims')),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** What one partition can take: DynamoDB's limit for one `pk` over the units that an event takes. */
function ceiling(results: Results): string {
  const rows = summaries((results.get('hot')?.rows ?? []) as readonly Row[])
    .filter(({ c, strategy }) => c === 1 && strategy === log.name)
    .map(({ k, wcu }) => ({ k, wcu }));
  const backlog = ((results.get('growth')?.rows ?? []) as readonly Grown[]).find(
    ({ grows }) => grows === 'backlog',
  );
  if (backlog) rows.push({ k: backlog.group, wcu: backlog.wcu });
  if (rows.length === 0) return '';
  return sectionMarkdown({
    title: 'The ceiling of one partition',
    text: CEILING,
    head: ['k', 'WCU/event', 'events/s at most'],
    rows: rows.map(({ k, wcu }) => [k.toLocaleString('en-US'), wcu, PARTITION_WCU_MAX / wcu]),
    notes: [],
  });
}

/** Write units a second for one `pk` (DynamoDB developer guide, burst and adaptive capacity). */
const PARTITION_WCU_MAX = 1_000;
