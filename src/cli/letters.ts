import { withChosen } from '../dead-letters/chosen.ts';
import type { DeadLetter } from '../dead-letters/dead-letter.ts';
import { findLetters } from '../dead-letters/discard.ts';
import { type DeadLetters, deadLettersOf } from '../dead-letters/queue.ts';
import { type Redriven, redrive } from '../dead-letters/redrive.ts';
import { findStage } from '../stage/stage.ts';
import type { Cli } from './cli.ts';
import type { DlqOptions } from './commands/dlq.ts';
import { DeadLetterUnknownError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import type { Printer } from './printer.ts';
import type { GlobalOptions } from './settings.ts';
import { neededStage } from './target.ts';
import type { Column } from './text/table.ts';
import { counted, instantText } from './text/time.ts';

export interface LettersTask {
  cli: Cli;
  printer: Printer;
  options: DlqOptions & GlobalOptions;
}

export async function listLetters(task: LettersTask): Promise<void> {
  const { cli, printer, options } = task;
  const queues = await queuesOf(task);
  const counts = await Promise.all(queues.map((queue) => queue.count()));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const letters: DeadLetter[] = [];
  await withChosen(queues, { limit: options.limit }, async ({ letter }) => void letters.push(letter));
  letters.sort((a, b) => a.sentAt - b.sentAt);
  if (printer.json) {
    printer.document({
      schemaVersion: 1,
      total: Math.max(total, letters.length),
      deadLetters: letters.map(rowOf),
    });
    return;
  }
  if (letters.length === 0) return printer.talk('There are no dead letters.');
  printer.rows(letters, letterColumns(cli.now()));
  const more = total - letters.length;
  if (more > 0) printer.talk(`About ${counted(more, 'more letter')}: --limit ${total} shows all.`);
  printer.talk('"spillway dlq show <id>" shows one whole, "spillway dlq redrive" sends them back.');
}

/** @throws DeadLetterUnknownError */
export async function showLetter(task: LettersTask, id: string): Promise<void> {
  const { cli, printer, options } = task;
  const choice = { ids: [id], limit: options.limit };
  const [found] = await findLetters(await queuesOf(task), choice, seenTeller(printer, cli.now));
  if (found === undefined) throw new DeadLetterUnknownError(id);
  print(printer, found, cli.now());
}

export async function redriveLetters(task: LettersTask, ids: readonly string[]): Promise<void> {
  const { cli, printer, options } = task;
  const dryRun = options.dryRun === true;
  const queues = await queuesOf(task);
  const done = await redrive(queues, {
    limit: options.limit,
    dryRun,
    ...(ids.length > 0 && { ids }),
    onSeen: seenTeller(printer, cli.now),
  });
  const seen = [...done.sent, ...done.forgotten, ...done.left.map(({ letter }) => letter)];
  const missing = ids.filter((id) => !seen.some((letter) => letter.id === id));
  if (printer.json) printer.document(documentOf(done, missing, dryRun));
  else tell(printer, done, missing, dryRun);
  if (!dryRun && ids.length === 0) await tellRest(printer, queues, done.left.length);
  if (missing.length > 0) cli.setExitCode(EXIT.notFound);
  else if (done.left.length > 0) cli.setExitCode(EXIT.failed);
}

const TOLD_EVERY_MS = 2_000;

/** Says now and then how far a walk over many letters has come. */
export function seenTeller(printer: Printer, now: () => number): (seen: number) => void {
  let toldAt = now();
  return (seen) => {
    if (now() - toldAt < TOLD_EVERY_MS) return;
    toldAt = now();
    printer.talk(`${counted(seen, 'letter')} seen to so far.`);
  };
}

/** Letters beyond the limit, and those that a command which was cut off still hides. */
async function tellRest(printer: Printer, queues: readonly DeadLetters[], left: number): Promise<void> {
  const counts = await Promise.all(queues.map((queue) => queue.count()));
  const more = counts.reduce((sum, count) => sum + count, 0) - left;
  if (more <= 0) return;
  printer.talk(
    `About ${counted(more, 'letter')} more: beyond --limit, or hidden for a while by another look. Repeat it then.`,
  );
}

export async function queuesOf({ cli, printer, options }: LettersTask): Promise<DeadLetters[]> {
  const stage = await findStage(neededStage(options, cli.env, 'Dead letters'));
  printer.talk(`Stage ${stage.name} in account ${stage.account}, ${stage.region}.`);
  const names = options.queue === undefined ? (['ingest', 'commands', 'status'] as const) : [options.queue];
  return names.map((name) => deadLettersOf(stage, name));
}

function print(printer: Printer, letter: DeadLetter, now: number): void {
  if (printer.json) {
    printer.document({ schemaVersion: 1, deadLetter: { ...rowOf(letter), body: letter.body } });
    return;
  }
  printer.line(['bold', letter.id]);
  printer.line(['dim', 'what   '], letter.what);
  printer.line(['dim', 'why    '], letter.why);
  printer.line(['dim', 'from   '], `${letter.from}, queue ${letter.queue}`);
  printer.line(['dim', 'sent   '], instantText(new Date(letter.sentAt).toISOString(), now));
  printer.line(['dim', 'remedy '], remedyText(letter));
  printer.line();
  printer.line(letter.body);
}

function tell(printer: Printer, done: Redriven, missing: readonly string[], dryRun: boolean): void {
  for (const letter of done.sent) printer.rows([letter], MOVED_COLUMNS);
  const verb = dryRun ? 'Would send' : 'Sent';
  printer.talk(`${verb} ${counted(done.sent.length, 'letter')} back.`);
  if (done.forgotten.length > 0) {
    const removed = dryRun ? 'Would remove' : 'Removed';
    printer.talk(`${removed} ${counted(done.forgotten.length, 'letter')} that nothing needs any more.`);
  }
  for (const { letter, because } of done.left) printer.talk(['yellow', `${letter.id} was left: `], because);
  for (const id of missing) printer.talk(['yellow', `${id} is not among the dead letters.`]);
}

function documentOf(done: Redriven, missing: readonly string[], dryRun: boolean) {
  const stayed = done.left.length + missing.length;
  return {
    schemaVersion: 1,
    dryRun,
    sent: done.sent.map(rowOf),
    forgotten: done.forgotten.map(rowOf),
    left: done.left.map(({ letter, because }) => ({ ...rowOf(letter), because })),
    missing,
    ...(stayed > 0 && {
      error: {
        code: 'letters-left',
        message: `${counted(stayed, 'letter')} could not be sent back.`,
        hint: 'Each says why; "spillway dlq show <id>" shows it whole.',
      },
    }),
  };
}

export function rowOf({ id, queue, sentAt, receives, from, what, why, remedy }: DeadLetter) {
  return { id, queue, sentAt: new Date(sentAt).toISOString(), receives, from, what, why, remedy: remedy.do };
}

function remedyText({ id, remedy }: DeadLetter): string {
  switch (remedy.do) {
    case 'send':
      return `once the cause is mended: spillway dlq redrive ${id}`;
    case 'forget':
      return `none needed, ${remedy.because}; "spillway dlq redrive" removes it`;
    case 'keep':
      return 'sent back it would only return; it goes by itself 14 days after it was sent';
  }
}

/** The id is never cut: the other commands want it. */
export function letterColumns(now: number): Column<DeadLetter>[] {
  return [
    { title: 'ID', value: ({ id }) => id, rank: 0, style: () => 'bold' },
    { title: 'QUEUE', value: ({ queue }) => queue, rank: 3 },
    { title: 'FROM', value: ({ from }) => from, rank: 5 },
    {
      title: 'SENT',
      value: ({ sentAt }) => new Date(sentAt).toISOString(),
      show: ({ sentAt }) => instantText(new Date(sentAt).toISOString(), now),
      rank: 4,
    },
    { title: 'WHAT', value: ({ what }) => what, rank: 1, shrinkTo: 12, cut: 'middle' },
    { title: 'WHY', value: ({ why }) => why, rank: 2, shrinkTo: 12 },
    { title: 'REDRIVE', value: ({ remedy }) => remedy.do, rank: 6 },
  ];
}

const MOVED_COLUMNS: Column<DeadLetter>[] = [
  { title: 'ID', value: ({ id }) => id, rank: 0 },
  { title: 'QUEUE', value: ({ queue }) => queue, rank: 0 },
  { title: 'WHAT', value: ({ what }) => what, rank: 0, shrinkTo: 12, cut: 'middle' },
];
