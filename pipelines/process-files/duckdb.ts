import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBInstance } from '@duckdb/node-api';

/** One engine per process: opening costs more than most batches, and each takes its own share of the memory. */
let engine: Promise<DuckDBInstance> | null = null;

/** Rows of one query, by column name; 64-bit integers as text. */
export type Row = Record<string, unknown>;

export interface Duckdb {
  rows(sql: string): Promise<Row[]>;
}

/**
 * How Parquet is written. Measured with 1.5.5 on measurements, orders and random texts: level 1 takes a third less time than
 * the default 3, and the files are as large or smaller.
 */
export const PARQUET_OPTIONS = 'FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1';

/** Runs work on a connection of its own, closed afterwards. Temporary tables live as long as it does. */
export async function withDuckdb<Result>(work: (duckdb: Duckdb) => Promise<Result>): Promise<Result> {
  engine ??= open();
  const connection = await (await engine).connect();
  try {
    return await work({
      rows: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson(),
    });
  } finally {
    connection.closeSync();
  }
}

/** A text as a SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as a SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

async function open(): Promise<DuckDBInstance> {
  try {
    // Loading the engine takes a sixth of a second, so a server that starts does not wait for it.
    const duckdb = await import('@duckdb/node-api');
    const instance = await duckdb.DuckDBInstance.create(':memory:', {
      // Nothing is downloaded, whatever a file is called or holds.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      temp_directory: join(tmpdir(), 'spillway-duckdb'),
    });
    // The same file must give the same rows on every machine: a TIMESTAMPTZ without an offset is in this zone.
    const connection = await instance.connect();
    await connection.run("SET GLOBAL TimeZone = 'UTC'");
    connection.closeSync();
    return instance;
  } catch (error) {
    engine = null;
    throw error;
  }
}
