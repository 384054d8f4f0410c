import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchOptions } from './bench.ts';
import { picturesOf } from './docs/pictures/pictures.ts';
import { benches, DEFAULT, find, UnknownBenchError } from './registry.ts';
import { type Result, resultOf, save } from './results.ts';
import { runAll } from './run-all.ts';
import { sectionText } from './table.ts';

const OPTIONS = {
  json: { type: 'string' },
  charts: { type: 'string' },
  events: { type: 'string' },
  rounds: { type: 'string' },
  quick: { type: 'boolean' },
  again: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

const ROUNDS = 3;

// Servers that were started end with this process; an interrupt has to let it end in order.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
try {
  await main();
} catch (error) {
  if (!(error instanceof UnknownBenchError)) throw error;
  console.error(error.message);
  process.exit(2);
}

async function main(): Promise<void> {
  const { values, positionals, tokens } = parseArgs({
    options: OPTIONS,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  if (values.help === true) return console.log(await helpText());
  const [name = DEFAULT] = positionals;
  const options: BenchOptions = {
    quick: values.quick === true,
    rounds: whole('rounds', values.rounds) ?? ROUNDS,
    say: (line) => console.error(line),
    flags: Object.fromEntries(
      tokens.flatMap((token) =>
        token.kind === 'option' && !(token.name in OPTIONS) ? [[token.name, token.value ?? '']] : [],
      ),
    ),
  };
  const events = whole('events', values.events);
  if (events !== undefined) options.events = events;
  if (name === 'all') {
    await runAll(options, values.again === true);
    process.exit(0);
  }
  const bench = await find(name);
  const result = resultOf(name, options.quick, await bench.run(options));
  if (values.json === true || values.json === '-') console.log(JSON.stringify(result));
  else for (const section of result.sections) console.log(sectionText(section));
  if (typeof values.json === 'string' && values.json !== '-') await save(values.json, result);
  if (typeof values.charts === 'string') await drawInto(values.charts, result);
  // Connections that are kept alive would hold the process for a while.
  process.exit(0);
}

/** The charts of one result, as docs/performance.md has them. */
async function drawInto(folder: string, result: Result): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { file, svg } of picturesOf(result.name, new Map([[result.name, result]]))) {
    await writeFile(join(folder, file), svg);
    console.error(`wrote ${join(folder, file)}`);
  }
}

function whole(flag: string, value: string | boolean | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  console.error(`--${flag} is a whole number above 0, not "${value}".`);
  return process.exit(2);
}

async function helpText(): Promise<string> {
  const names = (await benches()).map((bench) => `  ${bench.name.padEnd(14)} ${bench.about}`);
  return [
    'npm run bench -- [name] [--events n] [--rounds n] [--json file] [--charts folder] [--quick]',
    '',
    ...names,
    `  ${'all'.padEnd(14)} what docs/performance.md shows, each kept in docs/performance/; goes on where it stopped (--again: anew)`,
    '',
    '--json without a file, or with -, writes to the standard output instead of tables.',
    `Without a name: ${DEFAULT}. Everything runs on this machine; compare only within one run.`,
  ].join('\n');
}
