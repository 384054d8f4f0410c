import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { parquetWriteFile } from 'hyparquet-writer';
import { step } from '../../pipelines/process-files/process-csv.ts';
import { cutIntoUnits } from '../../pipelines/process-files/work-unit.ts';
import { runStep } from '../../src/executions/step.ts';
import { folderObjects } from '../../src/objects/folder.ts';
import { COLUMNS, type CsvFiles } from './files.ts';

/** One way to make Parquet of many CSV files. */
export interface Way {
  name: string;
  /** It is given the first so many files of more, and so many rounds: otherwise nobody would wait for it. */
  filesMax: number;
  roundsMax: number;
  /** Writes the Parquet below `folder`; resolves with its files. */
  convert(files: CsvFiles, folder: string): Promise<string[]>;
}

const CSV_OPTIONS = `header = true, auto_detect = false, delim = ',', quote = '"', escape = '"'`;
const list = (paths: readonly string[]) => `[${paths.map((path) => `'${path}'`).join(', ')}]`;
const columns = `{${Object.entries(COLUMNS)
  .map(([name, type]) => `'${name}': '${type}'`)
  .join(', ')}}`;

const UNLIMITED = { filesMax: Number.POSITIVE_INFINITY, roundsMax: Number.POSITIVE_INFINITY };

/** The step as every home calls it: fetching, checking every header and row, one Parquet file a unit. */
export function ours(root: string): Way {
  return {
    name: 'Spillway’s process-csv',
    ...UNLIMITED,
    async convert({ keys, bytes }, folder) {
      const objects = folderObjects({ root });
      const files = keys.map((key, index) => ({ bucket: 'landing', key, size: bytes[index] ?? 0 }));
      const written: string[] = [];
      for (const [index, unit] of cutIntoUnits(files).entries()) {
        const id = `unit-${String(index + 1).padStart(3, '0')}`;
        const input = {
          batch: batchOf(folder, files.length),
          unit: { id, files: unit, resultBytesMax: 10_000 },
        };
        const result = await runStep(step, input, { objects, clock: { now: Date.now } });
        const { outputs } = result as { outputs: { key: string }[] };
        written.push(...outputs.map(({ key }) => join(root, 'curated', key)));
      }
      return written;
    },
  };
}

function batchOf(folder: string, count: number) {
  const at = '2026-01-05T08:40:00.000Z';
  return {
    id: `bench-${folder.split('/').at(-1)}`,
    seq: 1,
    route: 'bench',
    partition: '',
    reason: 'count',
    count,
    bytes: 0,
    openedAt: at,
    deadline: at,
    closedAt: at,
    policyVersion: '1',
    pipeline: 'process-files',
    output: { bucket: 'curated', prefix: 'bench/' },
    csv: { columns: COLUMNS },
  };
}

/** What is possible: DuckDB told everything, checking nothing that it need not. */
export function duckdbTold(): Way {
  return duckdb(
    'DuckDB, columns told, no checks',
    (paths) => `read_csv(${list(paths)}, columns = ${columns}, ${CSV_OPTIONS})`,
  );
}

export function duckdbGuessing(): Way {
  const way = duckdb('DuckDB, auto-detection', (paths) => `read_csv(${list(paths)})`);
  return { ...way, filesMax: 500, roundsMax: 2 };
}

function duckdb(name: string, source: (paths: readonly string[]) => string): Way {
  let connection: DuckDBConnection | undefined;
  return {
    name,
    ...UNLIMITED,
    async convert({ paths }, folder) {
      connection ??= await (await DuckDBInstance.create(':memory:')).connect();
      const file = join(folder, 'all.parquet');
      await connection.run(
        `COPY (SELECT * FROM ${source(paths)}) TO '${file}' (FORMAT parquet, COMPRESSION zstd)`,
      );
      return [file];
    },
  };
}

/** A process a file, as a function per file would be. Two at a time: as many as there are cores here. */
export function duckdbPerFile(): Way {
  return {
    name: 'one DuckDB process a file',
    filesMax: 100,
    roundsMax: 2,
    async convert({ paths }, folder) {
      const written = paths.map((_, index) => join(folder, `${index}.parquet`));
      const queue = paths.entries();
      const work = async () => {
        for (const [index, path] of queue) await convertAlone(path, written[index] ?? '');
      };
      await Promise.all([work(), work()]);
      return written;
    },
  };
}

async function convertAlone(path: string, file: string): Promise<void> {
  const script = `
    import { DuckDBInstance } from '@duckdb/node-api';
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run(\`COPY (SELECT * FROM read_csv('${path}', columns = ${columns}, ${CSV_OPTIONS})) TO '${file}' (FORMAT parquet, COMPRESSION zstd)\`);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`The process for ${path} ended with ${code}.`);
}

/** Line by line, field by field, into columns that a small library writes. */
export function rowByRow(): Way {
  return {
    name: 'row by row in TypeScript (hyparquet-writer)',
    ...UNLIMITED,
    async convert({ paths }, folder) {
      const id: bigint[] = [];
      const station: string[] = [];
      const celsius: number[] = [];
      const measured: Date[] = [];
      for (const path of paths) {
        let header = true;
        for await (const line of createInterface({ input: createReadStream(path) })) {
          const [a = '', b = '', c = '', d = ''] = fieldsOf(line);
          if (header) header = false;
          else {
            id.push(BigInt(a));
            station.push(b);
            celsius.push(Number(c));
            measured.push(new Date(`${d.replace(' ', 'T')}Z`));
          }
        }
      }
      const file = join(folder, 'all.parquet');
      parquetWriteFile({
        filename: file,
        columnData: [
          { name: 'id', data: id, type: 'INT64' },
          { name: 'station', data: station, type: 'STRING' },
          { name: 'celsius', data: celsius, type: 'DOUBLE' },
          { name: 'measured_at', data: measured, type: 'TIMESTAMP' },
        ],
      });
      return [file];
    },
  };
}

/** Fields of a line, quotes taken off. */
function fieldsOf(line: string): string[] {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (const letter of line) {
    if (letter === '"') quoted = !quoted;
    else if (letter === ',' && !quoted) {
      fields.push(field);
      field = '';
    } else field += letter;
  }
  fields.push(field);
  return fields;
}

/** How many of the rows below `end`, by their id, two sets of Parquet files do not share. */
export async function differingRows(
  one: readonly string[],
  other: readonly string[],
  end = Number.MAX_SAFE_INTEGER,
): Promise<number> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const rows = (files: readonly string[]) =>
    `SELECT id, station, celsius, measured_at::TIMESTAMP AS measured_at FROM read_parquet(${list(files)}) WHERE id < ${end}`;
  await connection.run("SET TimeZone = 'UTC'");
  const reader = await connection.runAndReadAll(
    `SELECT (SELECT count(*) FROM (${rows(one)} EXCEPT ALL ${rows(other)})) + (SELECT count(*) FROM (${rows(other)} EXCEPT ALL ${rows(one)}))`,
  );
  connection.closeSync();
  return Number(reader.getRows()[0]?.[0]);
}
