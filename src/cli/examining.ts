import { type ApiQuestions, apiChecks } from '../doctor/api.ts';
import { type Check, failed } from '../doctor/check.ts';
import type { Cli } from './cli.ts';
import { clientOf } from './cli.ts';
import { askHealth, askRoutes, askWindows } from './client/endpoints.ts';
import { EXIT } from './exit-codes.ts';
import { failureOf } from './failure.ts';
import type { Printer } from './printer.ts';
import type { GlobalOptions } from './settings.ts';
import { stageOf } from './target.ts';
import type { Column } from './text/table.ts';
import { counted } from './text/time.ts';

interface Examination {
  cli: Cli;
  printer: Printer;
  options: GlobalOptions;
  version: string;
}

/**
 * Runs every check and prints them; exits with 1 if one failed. What the API cannot be asked for is a failed check,
 * not an error: AWS itself can be looked at all the same.
 */
export async function examine(task: Examination): Promise<void> {
  const { cli, printer, options } = task;
  const stageName = stageOf(options, cli.env);
  // A stage that cannot be found at all is an error: nothing could be said about it.
  const stage =
    stageName === undefined
      ? null
      : await import('../stage/stage.ts').then((module) => module.findStage(stageName));
  const { checks, routes } = await askApi(task);
  if (stage !== null) {
    const { stageChecks } = await import('../doctor/stage.ts');
    checks.unshift(...(await stageChecks(stage, routes, task.version)));
  }
  const bad = checks.filter(({ result }) => result === 'failed');
  if (bad.length > 0) cli.setExitCode(EXIT.failed);
  if (printer.json) {
    const message = `${counted(bad.length, 'check')} failed.`;
    const error = { code: 'unhealthy', message, hint: 'Each failed check says how to mend it.' };
    const healthy = bad.length === 0;
    printer.document({ schemaVersion: 1, healthy, checks, ...(!healthy && { error }) });
    return;
  }
  print(printer, checks);
  const warnings = checks.filter(({ result }) => result === 'warning').length;
  printer.talk([
    bad.length === 0 ? 'green' : 'red',
    `${counted(checks.length, 'check')}, ${counted(warnings, 'warning')}, ${bad.length} failed.`,
  ]);
}

async function askApi({ cli, options, version }: Examination): Promise<{
  checks: Check[];
  routes: Awaited<ReturnType<ApiQuestions['routes']>>;
}> {
  try {
    const client = await clientOf(cli, options);
    const ask: ApiQuestions = {
      health: () => askHealth(client),
      routes: async () => (await askRoutes(client)).routes,
      nextWindow: async () => (await askWindows(client, { sort: 'deadline', limit: 1 })).windows[0] ?? null,
    };
    return { checks: await apiChecks(ask, { version, now: cli.now }), routes: await ask.routes() };
  } catch (error) {
    const { message, hint } = failureOf(error);
    const mend = hint === '' ? 'Look at the log of function api.' : hint;
    return { checks: [failed('api', 'health', message, mend)], routes: [] };
  }
}

function print(printer: Printer, checks: readonly Check[]): void {
  if (!printer.tty) {
    printer.rows(checks, COLUMNS);
    return;
  }
  for (const { check, subject, result, sentence, mend } of checks) {
    const { icon, style } = LOOKS[result];
    printer.line([style, `${icon} ${check} `], ['bold', subject], ' ', sentence);
    if (mend !== undefined) printer.line(['dim', '  mend: '], mend);
  }
}

const LOOKS = {
  ok: { icon: '✓', style: 'green' },
  warning: { icon: '!', style: 'yellow' },
  failed: { icon: '✗', style: 'red' },
} as const;

const COLUMNS: Column<Check>[] = [
  { title: 'RESULT', value: ({ result }) => result, rank: 0 },
  { title: 'CHECK', value: ({ check }) => check, rank: 0 },
  { title: 'SUBJECT', value: ({ subject }) => subject, rank: 0 },
  { title: 'FOUND', value: ({ sentence }) => sentence, rank: 0 },
  { title: 'MEND', value: ({ mend = '' }) => mend, rank: 0 },
];
