import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Asked, askedFor, NotUnderstoodError } from './asked.ts';
import type { BenchOptions } from './bench.ts';
import { picturesOf } from './docs/pictures/pictures.ts';
import { helpText } from './help.ts';
import { DEFAULT, find, UnknownBenchError } from './registry.ts';
import { type Result, resultOf, save } from './results.ts';
import { runAll } from './run-all.ts';
import { sectionText } from './table.ts';

const ROUNDS = 3;
const SEED_MAX = 1_000_000;

// Servers that were started end with this process; an interrupt has to let it end in order.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
try {
  await main(askedFor(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof UnknownBenchError || error instanceof NotUnderstoodError)) throw error;
  console.error(error.message);
  process.exit(2);
}

async function main({ name, flags }: Asked): Promise<void> {
  const { json, charts, help, again } = flags;
  if (help !== undefined) return console.log(await helpText(name));
  const options = optionsOf(flags);
  if (name === 'all') {
    await runAll(options, again !== undefined);
    process.exit(0);
  }
  const result = await resultOf(await find(name ?? DEFAULT), options);
  if (json === '' || json === '-') console.log(JSON.stringify(result));
  else for (const section of result.sections) console.log(sectionText(section));
  if (json !== undefined && json !== '' && json !== '-') await save(json, result);
  if (charts !== undefined) await drawInto(charts, result);
  // Connections that are kept alive would hold the process for a while.
  process.exit(0);
}

function optionsOf(flags: Asked['flags']): BenchOptions {
  const { rounds, events, seed } = flags;
  return {
    quick: flags.quick !== undefined,
    rounds: Number(rounds ?? ROUNDS),
    ...(events !== undefined && { events: Number(events) }),
    seed: Number(seed ?? 1 + Math.floor(Math.random() * SEED_MAX)),
    flags,
    say: (line) => console.error(line),
  };
}

/** The charts of one result, as docs/performance.md has them. */
async function drawInto(folder: string, result: Result): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { file, svg } of picturesOf(result.name, new Map([[result.name, result]]))) {
    await writeFile(join(folder, file), svg);
    console.error(`wrote ${join(folder, file)}`);
  }
}
