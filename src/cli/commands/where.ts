import type { Command } from 'commander';
import { type Cli, clientOf, optionsOf, printerOf } from '../cli.ts';
import { UsageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { Printer } from '../printer.ts';
import { instantText } from '../text/time.ts';

export function registerWhere(program: Command, cli: Cli): void {
  program
    .command('where')
    .description('follow a file: event, batch, execution, result')
    .argument('<uri>', 's3://bucket/key, the key verbatim; or the bucket alone, followed by the key')
    .argument('[key]', 'the key, where the first argument is a bucket')
    .action((uri: string, key: string | undefined, _options: unknown, command: Command) =>
      where(cli, command, uri, key),
    );
}

async function where(cli: Cli, command: Command, uri: string, key: string | undefined): Promise<void> {
  const options = optionsOf(command);
  const printer = printerOf(cli, options);
  const object = key === undefined ? objectOf(uri) : { bucket: uri, key };
  const client = await clientOf(cli, options);
  const { askWhere } = await import('../client/endpoints.ts');
  const answer = await askWhere(client, object);
  if (answer.state === 'not-seen' && answer.object === null) cli.setExitCode(EXIT.notFound);
  if (printer.json) return printer.document(answer);
  const now = cli.now();
  printer.line(['bold', answer.sentence]);
  // The sentence above is that of the newest write: alone it need not be said again.
  const alone = answer.writes.length === 1;
  for (const write of answer.writes) printWrite(printer, write, alone ? '' : `: ${write.sentence}`, now);
  if (answer.searchedFrom !== undefined) {
    printer.talk(`Writes before ${instantText(answer.searchedFrom, now)} were not looked for.`);
  }
}

type Write = Awaited<ReturnType<typeof import('../client/endpoints.ts').askWhere>>['writes'][number];

function printWrite(printer: Printer, write: Write, sentence: string, now: number): void {
  printer.line();
  printer.line(['bold', `written ${instantText(write.time, now)}`], sentence);
  for (const hop of write.hops) {
    const at = hop.at === undefined ? '' : `${instantText(hop.at, now)} `;
    printer.line(['cyan', `  ${hop.hop.padEnd(10)} `], ['dim', at], hop.sentence);
  }
}

/** @throws UsageError unless it is `s3://bucket/key`. */
function objectOf(uri: string): { bucket: string; key: string } {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  if (bucket !== undefined && key !== undefined) return { bucket, key };
  throw new UsageError(
    `"${uri}" does not name an object.`,
    'Write s3://bucket/key, or the bucket and then the key.',
  );
}
