import { defaultOptions } from '../../src/service/options.ts';
import type { Results } from '../figures/figures.ts';
import { sectionMarkdown } from '../table.ts';
import { folded } from './folded.ts';
import type { Picture } from './pictures/picture.ts';
import { picturesOf } from './pictures/pictures.ts';
import { exactnessRemark } from './remarks/exactness.ts';
import { rivalRemark } from './remarks/rival.ts';

/** Benches that answer one question, with what there is to say about it. */
interface Chapter {
  title: string;
  text(results: Results): string;
  benches: string[];
  /** What is said below the pictures. */
  after?(results: Results): string;
}

const REMEMBERED = defaultOptions.partitionsRemembered.toLocaleString('en-US');

const CHAPTERS: readonly Chapter[] = [
  {
    title: 'Is every event counted once?',
    text: exactnessRemark,
    benches: ['exact'],
  },
  {
    title: 'What does counting cost, and how fast is it?',
    text: () => `The log is cheap because a whole micro-batch is one put, and cheaper with larger ones because its records are terse and deflated.
"log" is that put alone. "log + all items" is all that the product writes, with the items that list windows and batches: this is what you
pay. The whole bill, with queue, functions and executions, is in [costs.md](costs.md).`,
    benches: ['hot', 'spread'],
    after: rivalRemark,
  },
  {
    title: 'What grows with what?',
    text: () => `The size of a window, the length of a log, the number of partitions and a backlog should not change what an event costs.
Three things do grow: the call that closes a window builds the input from all its events; a duplicate that nobody remembers is looked
for in all records since it was born; and a process remembers the ends of ${REMEMBERED} logs, so with more partitions than that an
event may first need a read.`,
    benches: ['growth', 'flat'],
  },
  {
    title: 'How late is a window closed?',
    text: () =>
      'A window closes at its deadline though nothing arrives any more: on a laptop by a timer, on AWS by a delayed message, before which a ' +
      'window longer than 15 minutes waits for a schedule. The emulator looks for due messages once a second; "woken" is the same while it ' +
      'is made to look at once.',
    benches: ['lateness', 'lateness-aws'],
  },
  {
    title: 'What does a laptop take?',
    text: () => 'The real `spillway start`, seen from outside.',
    benches: ['server', 'soak'],
  },
  {
    title: 'CSV to Parquet',
    text: () => 'The main step of the shipped pipeline beside the simplest alternatives.',
    benches: ['csv'],
  },
  {
    title: 'Inside one process',
    text: () => 'What is left without table and network, and what a function loads before it can begin.',
    benches: ['inside', 'functions'],
  },
];

/** What is to be seen first, then what it was drawn from, folded. Chapters without results are left out. */
export function chapters(results: Results): { text: string; pictures: Picture[] }[] {
  return CHAPTERS.flatMap(({ title, text, benches, after }) => {
    const found = benches.filter((name) => results.has(name));
    if (found.length === 0) return [];
    const pictures = found.flatMap((name) => picturesOf(name, results));
    const sections = found.flatMap((name) => results.get(name)?.sections ?? []);
    const parts = [
      `## ${title}`,
      text(results),
      ...pictures.map(({ file, alt }) => `![${alt}](performance/${file})`),
      after?.(results) ?? '',
      folded('The tables', sections.map((section) => sectionMarkdown(section, 3)).join('\n')),
    ];
    return [{ text: parts.filter((part) => part !== '').join('\n\n'), pictures }];
  });
}
