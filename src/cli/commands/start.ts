import type { Command } from 'commander';
import { type Cli, optionsOf, printerOf } from '../cli.ts';
import { rootOf } from '../settings.ts';
import { refuseStage } from '../target.ts';
import { port } from '../values.ts';

interface StartOptions {
  port: number;
  routes: string;
}

const PORT_DEFAULT = 4280;

export function registerStart(program: Command, cli: Cli): void {
  program
    .command('start')
    .description('watch the folder, count its files, run their batches, serve the API')
    .option('--port <port>', 'port on 127.0.0.1; 0 takes a free one', port, PORT_DEFAULT)
    .option('--routes <file>', 'the configuration', 'routes.yml')
    .action((_options: unknown, command: Command) => start(cli, command));
}

/** Returns when the server listens; the process lives on until it is told to stop. */
async function start(cli: Cli, command: Command): Promise<void> {
  const options = optionsOf<StartOptions>(command);
  refuseStage(
    options,
    'start watches a folder',
    `Deploy instead: npx serverless deploy --stage ${options.stage}.`,
  );
  const printer = printerOf(cli, options);
  const { loadTableThread } = await import('../../table/embedded-thread.ts');
  const thread = loadTableThread();
  const { readRoutes } = await import('../routes-file.ts');
  // Read first for its own sake: a wrong or missing routes.yml is told before anything is opened.
  const { warnings } = await readRoutes(options.routes);
  for (const { message } of warnings) printer.talk(['yellow', `warning: ${message}`]);
  const root = rootOf(options, cli.env);
  const { openLocalTable } = await import('../../local-table.ts');
  const table = openLocalTable(root, cli.abort, thread);
  const { startLocal } = await import('../../local.ts');
  const { printNotification, printStream } = await import('../server-output.ts');
  const { StrayFailureError, takeStray } = await import('../../executions/stray.ts');
  const problem = ({ message }: Error) => printer.talk(['red', 'problem: '], message);
  cli.onUncaught((error) => {
    const told = takeStray(error);
    if (told instanceof StrayFailureError) problem(told);
    else if (told !== null) cli.abort(told instanceof Error ? told : new Error(String(told)));
  });
  const server = await startLocal({
    root,
    routesFile: options.routes,
    table,
    port: options.port,
    onNotification: (notification, execution) => printNotification(printer, notification, execution),
    onFatal: cli.abort,
    onProblem: problem,
  });
  cli.onStop(async () => {
    printer.talk('Stopping: what runs is finished first. Ctrl-C again stops at once.');
    await server.stop();
    if (printer.json) printer.record({ schemaVersion: 1, kind: 'stopped' });
  });
  if (printer.json) printer.record({ schemaVersion: 1, kind: 'listening', url: server.url, root });
  else printer.line(['bold', 'Spillway'], ` listens at ${server.url} and watches ${root}. Ctrl-C stops it.`);
  printStream(printer, server.stream, cli.now);
}
