import type { Command } from 'commander';
import { type Cli, clientOf, optionsOf, printerOf } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';

export function registerWhy(program: Command, cli: Cli): void {
  program
    .command('why')
    .description('say why a window has not closed yet, or what will close it')
    .argument('<route>', 'the route')
    .argument('[partition]', 'the partition, where the route has several')
    .action((route: string, partition: string | undefined, _options: unknown, command: Command) =>
      why(cli, command, route, partition),
    );
}

async function why(cli: Cli, command: Command, route: string, partition: string | undefined): Promise<void> {
  const options = optionsOf(command);
  const printer = printerOf(cli, options);
  const client = await clientOf(cli, options);
  const { askWhy } = await import('../client/endpoints.ts');
  const answer = await askWhy(client, route, partition);
  if (answer.state === 'no-such-route' || answer.state === 'no-such-partition') {
    cli.setExitCode(EXIT.notFound);
  }
  if (printer.json) return printer.document(answer);
  printer.line(['bold', answer.sentence]);
  for (const condition of answer.conditions) {
    const mark = condition.binding ? '→' : ' ';
    printer.line(
      [condition.binding ? 'cyan' : 'dim', `${mark} ${condition.condition.padEnd(10)} `],
      condition.sentence,
    );
  }
  if (answer.nearest.length > 0) printer.line(['dim', `See also: ${answer.nearest.join(', ')}`]);
}
