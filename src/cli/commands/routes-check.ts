import type { Command } from 'commander';
import type { Configuration, Route } from '../../routes/configuration.ts';
import type { Problem } from '../../routes/problem.ts';
import { type Cli, optionsOf, printerOf } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import type { Printer } from '../printer.ts';
import type { Column } from '../text/table.ts';
import { bytesText, counted, durationText } from '../text/time.ts';
import { registerRoutesDiff } from './routes-diff.ts';

export function registerRoutes(program: Command, cli: Cli): void {
  const routes = program.command('routes').description('look at routes.yml').helpCommand(false);
  routes
    .command('check')
    .description('check routes.yml and show every problem with its line; needs no server')
    .argument('[file]', 'the file', 'routes.yml')
    .action((file: string, _options: unknown, command: Command) => check(cli, command, file));
  registerRoutesDiff(routes, cli);
}

async function check(cli: Cli, command: Command, file: string): Promise<void> {
  const printer = printerOf(cli, optionsOf(command));
  const { readRoutes } = await import('../routes-file.ts');
  const { RoutesInvalidError } = await import('../../routes/problem.ts');
  try {
    report(printer, await readRoutes(file));
  } catch (error) {
    if (!(error instanceof RoutesInvalidError)) throw error;
    cli.setExitCode(EXIT.failed);
    reportProblems(printer, error);
  }
}

function reportProblems(printer: Printer, { file, problems }: { file: string; problems: Problem[] }): void {
  if (printer.json) {
    const message = `${file} has ${counted(problems.length, 'problem')}.`;
    const hint = 'Each problem says where it is and what was expected.';
    printer.document({
      schemaVersion: 1,
      valid: false,
      problems,
      error: { code: 'routes-invalid', message, hint },
    });
    return;
  }
  for (const problem of problems) printer.line(['red', problem.message]);
  printer.talk(`${file} has ${counted(problems.length, 'problem')}.`);
}

function report(printer: Printer, { file, buckets, routes, warnings }: Configuration): void {
  if (printer.json) {
    const shown = routes.map(documentOf);
    printer.document({ schemaVersion: 1, valid: true, file, buckets, routes: shown, warnings });
    return;
  }
  for (const warning of warnings) printer.talk(['yellow', `warning: ${warning.message}`]);
  printer.rows(routes, COLUMNS);
  printer.talk([
    'green',
    `${file} is valid: ${counted(routes.length, 'route')}, ${counted(warnings.length, 'warning')}.`,
  ]);
}

const COLUMNS: Column<Route>[] = [
  { title: 'ROUTE', value: ({ name }) => name, rank: 0, shrinkTo: 8, style: () => 'bold' },
  {
    title: 'FILES',
    value: ({ bucket, prefix, suffixes }) =>
      `s3://${bucket}/${prefix}${suffixes.length === 0 ? '' : ` (${suffixes.join(' ')})`}`,
    rank: 0,
    shrinkTo: 12,
    cut: 'middle',
  },
  { title: 'CLOSES AT', value: limitsText, rank: 1 },
  {
    title: 'CRON',
    value: ({ schedules }) => schedules.map(({ cron, timezone }) => `${cron} ${timezone}`).join('; '),
    rank: 4,
  },
  { title: 'PIPELINE', value: ({ pipeline }) => pipelineName(pipeline), rank: 2, shrinkTo: 8 },
  {
    title: 'OUTPUT',
    value: ({ output }) => (output === undefined ? '' : `s3://${output.bucket}/${output.prefix}`),
    rank: 3,
  },
];

function limitsText({ limits }: Route): string {
  const parts = [counted(limits.count, 'event'), durationText(limits.windowMs)];
  if (limits.bytes !== undefined) parts.push(bytesText(limits.bytes));
  if (limits.quietMs !== undefined) parts.push(`quiet ${durationText(limits.quietMs)}`);
  return parts.join(', ');
}

function pipelineName(pipeline: Route['pipeline']): string {
  return 'name' in pipeline ? pipeline.name : pipeline.stateMachineArn;
}

function documentOf({ schedules, pattern: _pattern, ...route }: Route) {
  const written = schedules.map(({ cron, timezone, minEvents }) => ({ cron, timezone, minEvents }));
  return { ...route, flush: written };
}
