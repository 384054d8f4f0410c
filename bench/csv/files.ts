import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Columns of the made-up files, as a route declares them. */
export const COLUMNS = {
  id: 'BIGINT',
  station: 'VARCHAR',
  celsius: 'DOUBLE',
  measured_at: 'TIMESTAMP',
} as const;

export interface CsvFiles {
  folder: string;
  paths: string[];
  keys: string[];
  bytes: number[];
  rows: number;
}

/** Writes `files` CSV files of `rows` rows below `folder`, the same at every run. */
export async function writeCsvFiles(folder: string, files: number, rows: number): Promise<CsvFiles> {
  await mkdir(folder, { recursive: true });
  const keys = Array.from({ length: files }, (_, file) => `readings-${String(file).padStart(6, '0')}.csv`);
  const paths = keys.map((key) => join(folder, key));
  const bytes: number[] = [];
  for (const [file, path] of paths.entries()) {
    const text = textOf(file, rows);
    bytes.push(Buffer.byteLength(text));
    await writeFile(path, text);
  }
  return { folder, paths, keys, bytes, rows: files * rows };
}

function textOf(file: number, rows: number): string {
  const lines = ['id,station,celsius,measured_at'];
  for (let row = 0; row < rows; row += 1) {
    const id = file * rows + row;
    const day = String(1 + (id % 28)).padStart(2, '0');
    const second = String(id % 60).padStart(2, '0');
    lines.push(
      `${id},"station ${id % 97}, north",${((id * 7919) % 40_000) / 1000},2026-01-${day} 08:40:${second}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
