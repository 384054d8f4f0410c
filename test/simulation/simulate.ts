import { parseArgs } from 'node:util';
import { explain } from './explain.ts';
import { type Run, runSeeds } from './run-seeds.ts';
import { simulate } from './simulation.ts';

const USAGE = `npm run simulate -- [--seeds N] [--start S]     run N seeds from S on (100 from 1)
npm run simulate -- --seed X [--verbose]        run one seed; --verbose prints its whole schedule`;

/** Runs seeds from the command line. Exit code 1: a promise was broken; 2: the arguments make no sense. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '100' },
      start: { type: 'string', default: '1' },
      seed: { type: 'string' },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  if (values.seed !== undefined) return one(wholeNumber('--seed', values.seed), values.verbose);
  return many(wholeNumber('--start', values.start), wholeNumber('--seeds', values.seeds));
}

async function one(seed: number, verbose: boolean): Promise<number> {
  const simulation = await simulate(seed, verbose ? { echo: (line) => console.log(line) } : {});
  const { hash, violations, stats } = simulation;
  if (violations.length > 0) {
    console.log(explain(simulation));
    return 1;
  }
  const { lateness: _lateness, ...figures } = stats;
  console.log(`Seed ${seed} kept every promise (trace ${hash}).`, figures);
  return 0;
}

async function many(start: number, count: number): Promise<number> {
  const began = performance.now();
  let done = 0;
  const run = await runSeeds(start, count, (simulation) => {
    done += 1;
    if (simulation.violations.length > 0) console.log(explain(simulation));
    if (done % 500 === 0) console.log(`${done} of ${count} seeds`);
  });
  console.log(summary(run, (performance.now() - began) / 1_000));
  return run.failures.length === 0 ? 0 : 1;
}

function summary(run: Run, seconds: number): string {
  const { seeds, failures, events, delivered, records, appends, reads, batches, fired } = run;
  const lateness = run.lateness.toSorted((a, b) => a - b);
  const quantile = (share: number) =>
    ((lateness[Math.floor(share * (lateness.length - 1))] ?? 0) / 1_000).toFixed(1);
  return [
    ...[...fired].map(([kind, times]) => `  ${kind.padEnd(34)} ${times}`),
    `${seeds} seeds in ${seconds.toFixed(0)} s (${(seeds / seconds).toFixed(1)} a second): ${failures.length} broke a promise.`,
    `${events} events, delivered ${delivered} times, in ${records} records; batches ${JSON.stringify(batches)}.`,
    `${(appends / records).toFixed(2)} appends per record, ${(reads / delivered).toFixed(2)} reads per event delivered.`,
    `Lateness under faults, s: median ${quantile(0.5)}, 90 % ${quantile(0.9)}, 99 % ${quantile(0.99)}, worst ${quantile(1)}.`,
  ].join('\n');
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`${option} is "${text}"; expected a whole number from 0.\n${USAGE}`);
  process.exit(2);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof TypeError) || !('code' in error)) throw error;
  console.error(`${error.message}\n${USAGE}`);
  process.exitCode = 2;
}
