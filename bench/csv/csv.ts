import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, Cell, Section } from '../bench.ts';
import { quantile } from '../log/statistics.ts';
import { type CsvFiles, writeCsvFiles } from './files.ts';
import {
  differingRows,
  duckdbGuessing,
  duckdbPerFile,
  duckdbTold,
  ours,
  rowByRow,
  type Way,
} from './ways.ts';

const SIZES = [
  { files: 100, rows: 1_000, rounds: 7 },
  { files: 10_000, rows: 100, rounds: 3 },
];

interface Measured {
  way: Way;
  /** How many it is given. */
  files: number;
  /** ms, the first one cold. */
  times: number[];
  parquet: string[];
  bytes: number;
}

export const csv: Bench = {
  name: 'csv',
  about: 'many CSV files to Parquet: the step process-csv against simpler ways',
  async run({ quick, say }): Promise<Section[]> {
    const sections: Section[] = [];
    for (const { files, rows, rounds } of quick ? SIZES.slice(0, 1) : SIZES) {
      sections.push(await compare(files, rows, quick ? 3 : rounds, say));
    }
    return sections;
  },
};

async function compare(
  files: number,
  rows: number,
  rounds: number,
  say: (line: string) => void,
): Promise<Section> {
  const root = await mkdtemp(join(tmpdir(), 'spillway-bench-csv-'));
  try {
    const written = await writeCsvFiles(join(root, 'landing'), files, rows);
    const ways = [ours(root), duckdbTold(), duckdbGuessing(), rowByRow(), duckdbPerFile()];
    const measured = ways.map(
      (way): Measured => ({ way, files: Math.min(files, way.filesMax), times: [], parquet: [], bytes: 0 }),
    );
    for (let round = 0; round < rounds; round += 1) {
      for (const each of measured.filter(({ way }) => round < way.roundsMax)) {
        say(`${files} files, round ${round + 1} of ${rounds}: ${each.way.name}`);
        await once(each, firstOf(written, each.files), join(root, `${round}-${measured.indexOf(each)}`));
      }
    }
    const table: Cell[][] = [];
    for (const each of measured) table.push(await rowOf(each, measured[0], each.files * rows));
    return sectionOf(files, rows, rounds, table);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function firstOf({ folder, paths, keys, bytes, rows }: CsvFiles, count: number): CsvFiles {
  return {
    folder,
    paths: paths.slice(0, count),
    keys: keys.slice(0, count),
    bytes: bytes.slice(0, count),
    rows: (rows / paths.length) * count,
  };
}

async function once(measured: Measured, files: CsvFiles, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const began = performance.now();
  measured.parquet = await measured.way.convert(files, folder);
  measured.times.push(performance.now() - began);
  const sizes = await Promise.all(measured.parquet.map(async (file) => (await stat(file)).size));
  measured.bytes = sizes.reduce((sum, size) => sum + size, 0);
}

async function rowOf(
  { way, files, times, parquet, bytes }: Measured,
  first: Measured | undefined,
  rows: number,
): Promise<Cell[]> {
  const warm = times.length > 1 ? times.slice(1) : times;
  const middle = quantile(warm, 0.5);
  const differing = await differingRows(first?.parquet ?? [], parquet, rows);
  const rowsPerSecond = middle === null ? null : (rows / middle) * 1000;
  return [way.name, files, times[0] ?? null, middle, rowsPerSecond, parquet.length, bytes / 1000, differing];
}

function sectionOf(files: number, rows: number, rounds: number, table: Cell[][]): Section {
  return {
    title: `${files} CSV files of ${rows} rows to Parquet`,
    text: `Four columns, one of them quoted with commas inside. ${rounds} rounds, interleaved; the first is cold (the engine is opened), the middle one of the others counts. The rows of every way are compared with those of ours, value by value.`,
    head: ['way', 'files', 'cold ms', 'warm ms', 'rows/s', 'Parquet files', 'Parquet kB', 'rows that differ'],
    rows: table,
    notes: [
      'The step fetches each file, checks its header and every row, names bad files instead of failing, counts what it wrote and stores it, synced to disk; the others do no such thing. The second is thus about the floor: the engine alone, reading and writing the same. Units of 1,000 files run one after another here.',
      'Where a way has fewer files than the title says, it was given the first of them only, because it takes so long: compare rows/s. Auto-detection and one process a file have two rounds; the processes run two at a time.',
      'hyparquet-writer compresses with Snappy, the others with Zstandard: ours at level 1, the others at DuckDB’s default 3.',
    ],
  };
}
