import type { Command } from 'commander';
import type { StreamMessage } from '../../api/stream-schemas.ts';
import { type Cli, clientOf, optionsOf, printerOf } from '../cli.ts';
import { isTold } from '../errors.ts';
import type { WindowSeen } from '../polling.ts';
import { oneOrMore } from '../values.ts';
import { REASONS } from '../words.ts';

interface ListenOptions {
  route?: string;
  reason?: string;
}

/** What the API says where its home has no live stream, as on AWS. */
const NO_STREAM = 'no-stream';

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
  const { printMessage, wants } = await import('../views/message.ts');
  const filter = { route: options.route, reasons: options.reason?.split(',') };
  const talk = (text: string) => printer.talk(text);
  const onMessage = async (message: StreamMessage | WindowSeen) => {
    if (!wants(filter, message)) return;
    if (printer.json) printer.record(message);
    else printMessage(printer, message, cli.now());
    await printer.drained();
  };
  const { followStream } = await import('../follow.ts');
  await followStream({ client, talk, onMessage }).catch(async (error: unknown) => {
    if (!isTold(error) || error.code !== NO_STREAM) throw error;
    const { followByLooking } = await import('../polling.ts');
    await followByLooking({ client, talk, onMessage });
  });
}
