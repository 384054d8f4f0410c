import type { DeadLetter } from '../dead-letters/dead-letter.ts';
import { type Discarded, discard, findLetters } from '../dead-letters/discard.ts';
import { canAsk, confirm } from './confirm.ts';
import { ConfirmationNeededError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { userName } from './flushing.ts';
import { type LettersTask, queuesOf, rowOf, seenTeller } from './letters.ts';
import type { Printer } from './printer.ts';
import { counted } from './text/time.ts';

/**
 * Removes letters for good. What is printed is all that is left of them afterwards, so it says who, when and why, and
 * with --json the whole letter.
 */
export async function discardLetters(task: LettersTask, ids: readonly string[]): Promise<void> {
  const { cli, printer, options } = task;
  const dryRun = options.dryRun === true;
  const choice = { ids, limit: options.limit };
  if (!dryRun && options.yes !== true && !canAsk(cli))
    throw new ConfirmationNeededError('Discarding letters');
  const queues = await queuesOf(task);
  let done: Discarded;
  if (dryRun) done = { gone: await findLetters(queues, choice), left: [] };
  else {
    if (options.yes !== true) {
      const found = await findLetters(queues, choice);
      if (found.length > 0) await confirm(cli, question(found));
    }
    done = await discard(queues, choice, seenTeller(printer, cli.now));
  }
  const seen = [...done.gone, ...done.left.map(({ letter }) => letter)];
  const missing = ids.filter((id) => !seen.some((letter) => letter.id === id));
  const record = {
    at: new Date(cli.now()).toISOString(),
    who: userName() ?? 'unknown',
    ...(options.note !== undefined && { note: options.note }),
  };
  if (printer.json) printer.document({ schemaVersion: 1, dryRun, ...record, ...documentOf(done, missing) });
  else tell(printer, done, missing, { ...record, dryRun });
  if (missing.length > 0) cli.setExitCode(EXIT.notFound);
  else if (done.left.length > 0) cli.setExitCode(EXIT.failed);
}

function question(letters: readonly DeadLetter[]): string {
  const useful = letters.filter(({ remedy }) => remedy.do === 'send').length;
  const loss =
    useful === 0 ? '' : ` ${useful} of them could be sent back; an event among them may count nowhere.`;
  return `Discard ${counted(letters.length, 'letter')} for good?${loss}`;
}

function documentOf(done: Discarded, missing: readonly string[]) {
  const stayed = done.left.length + missing.length;
  return {
    discarded: done.gone.map((letter) => ({ ...rowOf(letter), body: letter.body })),
    left: done.left.map(({ letter, because }) => ({ ...rowOf(letter), because })),
    missing,
    ...(stayed > 0 && {
      error: {
        code: 'letters-left',
        message: `${counted(stayed, 'letter')} could not be discarded.`,
        hint: '"spillway dlq ls" shows what is there; one that somebody looks at is hidden for a moment.',
      },
    }),
  };
}

function tell(
  printer: Printer,
  done: Discarded,
  missing: readonly string[],
  { at, who, note, dryRun }: { at: string; who: string; note?: string; dryRun: boolean },
): void {
  const verb = dryRun ? 'would discard' : 'discarded';
  const because = note === undefined ? '' : `: ${note}`;
  for (const { id, queue, what } of done.gone)
    printer.line(`${at} ${who} ${verb} ${id} of ${queue}, ${what}${because}`);
  for (const { letter, because: why } of done.left) printer.talk(['yellow', `${letter.id} was left: `], why);
  for (const id of missing) printer.talk(['yellow', `${id} is not among the dead letters.`]);
}
