import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import type { Bench, BenchOptions, Section } from './bench.ts';
import { commitNow } from './commit.ts';
import { versionsOf } from './versions.ts';

/** What a bench found, with all that its figures depend on. */
export interface Result {
  schemaVersion: 1;
  name: string;
  /** ISO 8601, UTC. */
  date: string;
  quick: boolean;
  /** What was measured, with a + where it had changes; old results do not say. */
  commit?: string;
  machine: Machine;
  engine?: string;
  /** Versions of what was measured, or measured with; old results do not say. */
  versions?: Record<string, string>;
  sections: Section[];
  rows: readonly object[];
}

export interface Machine {
  cores: number;
  cpu: string;
  memoryGiB: number;
  node: string;
  system: string;
}

/** Runs a bench. */
export async function resultOf(bench: Bench, options: BenchOptions): Promise<Result> {
  const { name } = bench;
  // Before it runs: files may be changed meanwhile.
  const commit = await commitNow();
  const found = await bench.run(options);
  const { sections, rows, engine } = Array.isArray(found)
    ? { sections: found, rows: [], engine: undefined }
    : found;
  return {
    schemaVersion: 1,
    name,
    date: new Date().toISOString(),
    quick: options.quick,
    ...(commit !== undefined && { commit }),
    machine: machine(),
    ...(engine !== undefined && { engine }),
    versions: versionsOf(name, engine),
    sections,
    rows,
  };
}

function machine(): Machine {
  const [cpu] = cpus();
  return {
    cores: cpus().length,
    cpu: cpu?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    system: `${process.platform} ${process.arch}`,
  };
}

export async function save(file: string, result: Result): Promise<void> {
  const { rows, ...rest } = result;
  // A line per measurement, four digits each: results are kept, and compared by eye.
  const lines = rows.map((row) => JSON.stringify(row, shortened));
  const head = JSON.stringify(rest, shortened, 1).slice(0, -2);
  await writeFile(file, `${head},\n "rows": [\n  ${lines.join(',\n  ')}\n ]\n}\n`);
}

function shortened(_key: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isInteger(value)) return value;
  return Number(value.toPrecision(4));
}

/** Null when there is no such file. */
export async function load(file: string): Promise<Result | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Result;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
