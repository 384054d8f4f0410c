import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { withDuckdb } from '../../pipelines/process-files/duckdb.ts';
import { failureOf } from '../../pipelines/process-files/failure.ts';
import { machineTrouble } from '../../pipelines/process-files/machine-trouble.ts';
import { step } from '../../pipelines/process-files/process-csv.ts';
import { type Home, openHome } from './home.ts';

let home: Home;
beforeAll(async () => {
  home = await openHome();
});
afterAll(() => home.close());

const sql = (text: string) => withDuckdb((duckdb) => duckdb.rows(text));

/** A mere RESET leaves the limit as it is, though it says otherwise. */
const ENOUGH = `SET memory_limit = '1GB'`;

const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

describe('a machine that runs short', () => {
  afterEach(() => sql(ENOUGH));

  it('of memory is worth another try: no file is called unreadable', async () => {
    const rows = Array.from({ length: 20_000 }, (_, row) => `${row},text ${row}\n`).join('');
    const events = await home.put({ 'one.csv': `a,b\n${rows}`, 'two.csv': `a,b\n${rows}` });
    await sql(`SET memory_limit = '400KB'`);
    const ended = await home.run(events);
    expect(ended).toMatchObject({ status: 'failed', error: 'RetryableError' });
    expect(ended.trace.filter(({ kind }) => kind === 'retried')).toHaveLength(3);
    expect(ended.cause).toContain('ran short of memory or disk');
    await sql(ENOUGH);
    expect(await home.run(events)).toMatchObject({ status: 'succeeded' });
  });

  it('of disk makes no failure of the file that was just being written', () => {
    const failure = failureOf({ bucket: 'b', key: 'k' }, full);
    expect(failure).toMatchObject({ error: 'RetryableError', cause: expect.stringContaining('ENOSPC') });
  });

  it('of disk between two files is worth another try too', async () => {
    const { trace } = await home.run(await home.put({ 'a.csv': 'a\n1\n' }));
    const entered = trace.find(({ kind, state }) => kind === 'entered' && state === 'Process CSV');
    const tools = { objects: home.objects, now: Date.now, scratch: () => Promise.reject(full) };
    await expect(step(JSON.parse(entered?.input ?? ''), tools)).rejects.toMatchObject({
      name: 'RetryableError',
    });
  });

  it.each([
    'IO Error: Could not write file "/tmp/x": No space left on device',
    'Out of Memory Error: could not allocate block of size 30.5 MiB',
  ])('is told by DuckDB: %s', (message) => {
    expect(machineTrouble(new Error(message))).toMatchObject({ name: 'RetryableError' });
  });

  it.each(['Invalid Input Error: CSV Error on Line: 2', 'Not implemented Error: IO Error', ''])(
    'is not what a file may cause: %s',
    (message) => expect(machineTrouble(new Error(message))).toBeNull(),
  );
});
