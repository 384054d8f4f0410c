import { type Command, Option } from 'commander';
import { type Cli, optionsOf, printerOf } from '../cli.ts';
import { letterCount } from '../values.ts';

export interface DlqOptions {
  queue?: (typeof QUEUES)[number];
  limit: number;
  dryRun?: boolean;
  note?: string;
  yes?: boolean;
}

const QUEUES = ['ingest', 'commands', 'status'] as const;
const SHOWN = 100;
const LOOKED_THROUGH = 10_000;

export function registerDlq(program: Command, cli: Cli): void {
  const dlq = program
    .command('dlq')
    .description('look into dead letters and send them back')
    .helpCommand(false);
  const queue = () => new Option('--queue <queue>', 'only those of this queue').choices(QUEUES);
  dlq
    .command('ls')
    .description('list dead letters: what they are, and why they are there')
    .addOption(queue())
    .option('--limit <letters>', 'letters of each queue', letterCount, SHOWN)
    .action(async (_options: unknown, command: Command) => {
      const { listLetters } = await import('../letters.ts');
      await listLetters(taskOf(cli, command));
    });
  dlq
    .command('show')
    .description('show one dead letter whole')
    .argument('<id>', "the letter's id")
    .addOption(queue())
    .option('--limit <letters>', 'letters of each queue to look through', letterCount, LOOKED_THROUGH)
    .action(async (id: string, _options: unknown, command: Command) => {
      const { showLetter } = await import('../letters.ts');
      await showLetter(taskOf(cli, command), id);
    });
  dlq
    .command('redrive')
    .description('send dead letters back to their queue; nothing is counted twice')
    .argument('[ids...]', 'only these (default: all)')
    .addOption(queue())
    .option('--limit <letters>', 'at most so many of each queue', letterCount, LOOKED_THROUGH)
    .option('--dry-run', 'say what would become of them, and change nothing')
    .action(async (ids: string[], _options: unknown, command: Command) => {
      const { redriveLetters } = await import('../letters.ts');
      await redriveLetters(taskOf(cli, command), ids);
    });
  dlq
    .command('discard')
    .description('remove dead letters for good, as those that redrive leaves; asks first')
    .argument('<ids...>', 'these')
    .addOption(queue())
    .option('--limit <letters>', 'letters of each queue to look through', letterCount, LOOKED_THROUGH)
    .option('--note <text>', 'why, in free words; told with each letter')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'say what would be removed, and change nothing')
    .action(async (ids: string[], _options: unknown, command: Command) => {
      const { discardLetters } = await import('../discarding.ts');
      await discardLetters(taskOf(cli, command), ids);
    });
}

function taskOf(cli: Cli, command: Command) {
  const options = optionsOf<DlqOptions>(command);
  return { cli, options, printer: printerOf(cli, options) };
}
