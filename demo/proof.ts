import { DuckDBInstance } from '@duckdb/node-api';
import { WEATHER_FILE } from './weather.ts';

/** What reading the Parquet files back showed. */
export interface Proof {
  rows: number;
  /** Rows of the source that are missing, or there too often, and rows that were never in it. */
  differing: number;
  /** Rows per batch id. */
  perBatch: Map<string, number>;
}

/** Compares everything that came out with the one file it was cut from, row by row. */
export async function proveWeather(curated: string): Promise<Proof> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run(`create view source as from read_csv(${quoted(WEATHER_FILE)})`);
    await connection.run(
      `create view parquet as from read_parquet(${quoted(`${curated}/weather/**/*.parquet`)}, filename = true)`,
    );
    const numbers = async (query: string) => (await connection.runAndReadAll(query)).getRowsJS();
    const columns = 'date, precipitation, temp_max, temp_min, wind, weather';
    const [[rows] = []] = await numbers('select count(*)::int from parquet');
    const [[differing] = []] = await numbers(`select (
      (select count(*) from (select ${columns} from source except all select ${columns} from parquet)) +
      (select count(*) from (select ${columns} from parquet except all select ${columns} from source)))::int`);
    return {
      rows: Number(rows),
      differing: Number(differing),
      perBatch: await rowsPerBatch(numbers, curated),
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function rowsPerBatch(numbers: (query: string) => Promise<unknown[][]>, curated: string) {
  const files = `read_parquet(${quoted(`${curated}/**/*.parquet`)}, filename = true, union_by_name = true)`;
  const found = await numbers(`select filename, count(*)::int from ${files} group by filename`);
  const perBatch = new Map<string, number>();
  for (const [file, rows] of found) {
    const id = /([a-z0-9-]+-[0-9a-f]{12}-\d+-[0-9a-f]{12})/.exec(String(file))?.[1] ?? '';
    perBatch.set(id, (perBatch.get(id) ?? 0) + Number(rows));
  }
  return perBatch;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
