import type { Command } from 'commander';
import { type Cli, clientOf, optionsOf, printerOf } from '../cli.ts';
import { oneOrMore } from '../values.ts';
import { REASONS } from '../words.ts';

interface ListenOptions {
  route?: string;
  reason?: string;
}

export function registerListen(program: Command, cli: Cli): void {
  program
    .command('listen')
    .description('follow what happens: commits, closed batches, executions and their results')
    .option('--route <route>', 'only this route')
    .option('--reason <reasons>', `only batches closed for: ${REASONS.join(', ')}`, oneOrMore(REASONS))
    .action((_options: unknown, command: Command) => listen(cli, command));
}

async function listen(cli: Cli, command: Command): Promise<void> {
  const options = optionsOf<ListenOptions>(command);
  const printer = printerOf(cli, options);
  const client = await clientOf(cli, options);
  const { followStream } = await import('../follow.ts');
  const { printMessage, wants } = await import('../views/message.ts');
  const filter = { route: options.route, reasons: options.reason?.split(',') };
  await followStream({
    client,
    talk: (text) => printer.talk(text),
    onMessage: async (message) => {
      if (!wants(filter, message)) return;
      if (printer.json) printer.record(message);
      else printMessage(printer, message, cli.now());
      await printer.drained();
    },
  });
}
