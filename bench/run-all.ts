import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchOptions } from './bench.ts';
import { CHANGED, isAsAt } from './commit.ts';
import { RESULTS } from './docs/results-folder.ts';
import { find, MEASURED } from './registry.ts';
import { load, type Result, resultOf, save } from './results.ts';
import { sectionText } from './table.ts';

/** Results younger than this are taken as they are (ms). */
const FRESH_MS = 12 * 3_600_000;

/** How a result would be measured now. */
export interface Wanted extends Pick<BenchOptions, 'quick' | 'flags'> {
  again: boolean;
  /** ms since 1970. */
  now: number;
  /** Whether what is measured is as it was at a commit. */
  isAsAt(commit: string): Promise<boolean>;
}

/** Measures all that docs/performance.md shows and writes it. What an earlier run has measured is not measured again. */
export async function runAll(options: BenchOptions, again: boolean): Promise<void> {
  const { say, flags } = options;
  await mkdir(RESULTS, { recursive: true });
  for (const name of flags.minutes === undefined ? MEASURED : [...MEASURED, 'soak']) {
    const file = join(RESULTS, `${name}.json`);
    const known = await load(file);
    const why = await whyMeasure(known, { ...options, again, now: Date.now(), isAsAt });
    if (why === null) {
      say(`${name}: taken as measured ${known?.date} at ${known?.commit}`);
      continue;
    }
    say(`${name}: ${why}`);
    const result = await resultOf(await find(name), options);
    // What could not be measured on this machine leaves what another one found.
    if (result.sections.length > 0) await save(file, result);
  }
  if (flags.minutes === undefined) {
    const soak = await load(join(RESULTS, 'soak.json'));
    say(
      `soak: ${soak ? `shown as measured ${soak.date}` : 'none was measured'}; --minutes=60 measures it too`,
    );
  }
  for (const name of ['figures', 'docs']) {
    const found = await (await find(name)).run(options);
    for (const section of Array.isArray(found) ? found : found.sections) console.log(sectionText(section));
  }
}

/** Why a kept result does not do; null when it does. */
export async function whyMeasure(known: Result | null, wanted: Wanted): Promise<string | null> {
  if (known === null) return 'nothing is kept of it';
  const { date, quick, commit, rows } = known;
  if (wanted.again) return 'to be measured again';
  if (quick !== wanted.quick) return `what is kept was measured ${quick ? 'quickly' : 'in full'}`;
  if (Date.parse(date) <= wanted.now - FRESH_MS) return `what is kept is of ${date}`;
  if (commit === undefined) return 'what is kept does not say of which commit it is';
  if (commit.endsWith(CHANGED))
    return `what is kept is of ${commit}, with changes that nobody knows any more`;
  if (!(await wanted.isAsAt(commit))) return `src or pipelines are not as they were at ${commit}`;
  const { minute } = (rows.at(-1) ?? {}) as { minute?: number };
  const minutes = Number(wanted.flags.minutes);
  if (minute !== undefined && minute < minutes) return `what is kept lasted ${Math.round(minute)} minutes`;
  return null;
}
