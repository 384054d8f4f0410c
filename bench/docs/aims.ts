import { checks } from '../figures/checks.ts';
import { type Check, HEAD, isReached, type Results, rowOf, summaryOf } from '../figures/figures.ts';
import { sectionMarkdown } from '../table.ts';
import { folded } from './folded.ts';
import { whyMissed } from './why-missed.ts';

/** What we set out to reach: what was missed and why, then all of it, folded. */
export function aims(results: Results): string {
  const found = checks(results);
  const missed = found.filter((check) => !isReached(check));
  return [
    '## What we set out to reach',
    summaryOf(found),
    'k is the number of events in a micro-batch, c the number of callers.',
    missed.length === 0 ? '' : tableOf('Not reached', [...HEAD, 'why'], withReasons(missed, results)),
    folded(
      'All of them',
      tableOf(
        'Aims',
        HEAD,
        found.map((check) => rowOf(check)),
      ),
    ),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** A reason that was given is not given again. */
function withReasons(missed: readonly Check[], results: Results) {
  const given = new Map<string, string>();
  return missed.map((check) => {
    const why = whyMissed(check, results);
    const before = given.get(why);
    if (why !== '' && before === undefined) given.set(why, check.about);
    return [...rowOf(check), before === undefined ? why : `as for ${before} above`];
  });
}

function tableOf(title: string, head: string[], rows: ReturnType<typeof rowOf>[]): string {
  return sectionMarkdown({ title, text: '', head, rows, notes: [] }, 3).trim();
}
