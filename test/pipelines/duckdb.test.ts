import { afterAll, beforeAll, expect, it } from 'vitest';
import { withDuckdb } from '../../pipelines/process-files/duckdb.ts';

const zone = process.env.TZ;
beforeAll(() => {
  process.env.TZ = 'America/New_York';
});
afterAll(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

it('a time without an offset is one of UTC, wherever the machine stands', async () => {
  const sql = `SELECT CAST(CAST('2026-11-02 08:40:00' AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS VARCHAR) AS at`;
  const [row] = await withDuckdb((duckdb) => duckdb.rows(sql));
  expect(row).toEqual({ at: '2026-11-02 08:40:00' });
});
