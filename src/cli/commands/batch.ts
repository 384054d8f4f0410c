import type { Command } from 'commander';
import { type Cli, clientOf, optionsOf, printerOf } from '../cli.ts';
import type { Client } from '../client/client.ts';
import type { BatchAnswer, FilesAnswer, TraceAnswer } from '../client/endpoints.ts';
import type { Printer } from '../printer.ts';
import { counted } from '../text/time.ts';
import { fileCount } from '../values.ts';

interface BatchOptions {
  files?: number;
  steps: boolean;
}

/** Files that a person is shown unless asked otherwise; programs get all. */
const FILES_SHOWN = 20;
const PAGE = 200;

export function registerBatch(program: Command, cli: Cli): void {
  program
    .command('batch')
    .description('show one batch: its files, and its execution step by step')
    .argument('<id>', "the batch's id")
    .option('--files <count>', `files to show (default: ${FILES_SHOWN}, with --json all)`, fileCount)
    .option('--no-steps', 'leave out what the execution did')
    .action((id: string, _options: unknown, command: Command) => batch(cli, command, id));
}

async function batch(cli: Cli, command: Command, id: string): Promise<void> {
  const options = optionsOf<BatchOptions>(command);
  const printer = printerOf(cli, options);
  const client = await clientOf(cli, options);
  const { askBatch } = await import('../client/endpoints.ts');
  const answer = await askBatch(client, id);
  const wanted = options.files ?? (printer.json ? answer.batch.count : FILES_SHOWN);
  const files = await filesOf(client, id, wanted);
  const trace = options.steps ? await stepsOf(client, id) : null;
  if (!printer.json) return print({ cli, printer, answer, files, trace });
  const steps = trace === null ? {} : { steps: trace.steps, stepsDropped: trace.dropped };
  printer.document({ ...answer, files, ...steps });
}

type Files = FilesAnswer['files'];
type Steps = { steps: TraceAnswer['entries']; dropped: number };

async function filesOf(client: Client, id: string, wanted: number): Promise<Files> {
  const { askFiles } = await import('../client/endpoints.ts');
  const files: Files = [];
  let cursor: string | undefined;
  while (files.length < wanted) {
    const page = await askFiles(client, id, { limit: Math.min(PAGE, wanted - files.length), cursor });
    files.push(...page.files);
    if (page.nextCursor === null || page.files.length === 0) break;
    cursor = page.nextCursor;
  }
  return files;
}

async function stepsOf(client: Client, id: string): Promise<Steps> {
  const { askTrace } = await import('../client/endpoints.ts');
  const { everyPage } = await import('../client/pages.ts');
  const { last, rows } = await everyPage(
    (cursor) => askTrace(client, id, { limit: PAGE, cursor }),
    (page) => page.entries,
  );
  return { steps: rows, dropped: last.dropped };
}

async function print(shown: {
  cli: Cli;
  printer: Printer;
  answer: BatchAnswer;
  files: Files;
  trace: Steps | null;
}): Promise<void> {
  const { printer, answer, files, trace } = shown;
  const { fileColumns, printFacts, stepColumns } = await import('../views/batch.ts');
  const now = shown.cli.now();
  printFacts(printer, answer, now);
  if (files.length > 0) {
    printer.line();
    printer.rows(files, fileColumns(now));
  }
  const more = answer.batch.count - files.length;
  if (more > 0) printer.talk(`… and ${counted(more, 'more file')}: --files ${answer.batch.count} shows all.`);
  if (trace === null || trace.steps.length === 0) return;
  printer.line();
  printer.rows(trace.steps, stepColumns(now));
  if (trace.dropped > 0) printer.talk(`${counted(trace.dropped, 'step')} were too many to be kept.`);
}
