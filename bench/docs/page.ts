import type { Section } from '../bench.ts';
import { checks } from '../figures/checks.ts';
import { isReached, type Results, rowOf } from '../figures/figures.ts';
import { RIVALS } from '../log/compare.ts';
import type { Row } from '../log/interleaved.ts';
import { everythingWritten, log, logShared } from '../log/strategies/spillway.ts';
import { summaries } from '../log/summary.ts';
import type { Result } from '../results.ts';
import { sectionMarkdown } from '../table.ts';
import { type Picture, picturesOfHot } from './charts.ts';
import { BENCH_INTROS, CEILING, INTRO, STRATEGIES_HEAD, STRATEGIES_NOTES } from './texts.ts';

/** The order of the benches on the page; others follow. */
const ORDER = [
  'hot',
  'spread',
  'exact',
  'flat',
  'inside',
  'server',
  'csv',
  'growth',
  'lateness',
  'functions',
];

/** docs/performance.md and its pictures, from the results alone. */
export function page(results: Results): { text: string; pictures: Picture[] } {
  const hot = results.get('hot');
  const pictures = hot ? picturesOfHot(hot) : [];
  const names = [...ORDER.filter((name) => results.has(name)), ...others(results)];
  const parts = [
    INTRO,
    machines(results),
    `${STRATEGIES_HEAD}\n${strategies()}\n\n${STRATEGIES_NOTES}`,
    ...pictures.map(({ file, alt }) => `![${alt}](performance/${file})`),
    aims(results),
    ...names.flatMap((name) => ofBench(results.get(name))),
    ceiling(hot),
  ];
  return { text: `${parts.map((part) => part.trim()).join('\n\n')}\n`, pictures };
}

function others(results: Results): string[] {
  return [...results.keys()].filter((name) => !ORDER.includes(name));
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
  return [...RIVALS, log, logShared, everythingWritten]
    .map(({ name, how }) => `| ${name} | ${how} |`)
    .join('\n');
}

function aims(results: Results): string {
  const found = checks(results);
  return sectionMarkdown({
    title: 'What we set out to reach',
    text: `${found.filter(isReached).length} of ${found.length} reached.`,
    head: ['figure', 'what', 'aim', 'measured', 'result'],
    rows: found.map(rowOf),
    notes: [],
  });
}

/** What one partition can take: DynamoDB's limit for one `pk` over the units that an event takes. */
function ceiling(hot: Result | undefined): string {
  const rows = summaries((hot?.rows ?? []) as readonly Row[])
    .filter(({ c, strategy }) => c === 1 && strategy === log.name)
    .map(({ k, wcu }) => [String(k), wcu, PARTITION_WCU_MAX / wcu]);
  return sectionMarkdown({
    title: 'The ceiling of one partition',
    text: CEILING,
    head: ['k', 'WCU/event', 'events/s at most'],
    rows,
    notes: [],
  });
}

/** Write units a second for one `pk` (DynamoDB developer guide, burst and adaptive capacity). */
const PARTITION_WCU_MAX = 1_000;

function ofBench(result: Result | undefined): string[] {
  if (!result) return [];
  const intro = BENCH_INTROS[result.name];
  return [...(intro ? [intro] : []), ...result.sections.map((section: Section) => sectionMarkdown(section))];
}
