import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ObjectEvent } from '../../src/core/event.ts';
import { type EmbeddedExecutions, embeddedExecutions } from '../../src/executions/embedded.ts';
import { loadPipelines } from '../../src/executions/pipelines.ts';
import { dynamoFlushes } from '../../src/flushes/dynamodb.ts';
import { dynamoLog } from '../../src/log/dynamodb.ts';
import { dynamoProjections } from '../../src/projections/dynamodb.ts';
import { type EmbeddedTable, openEmbeddedTable } from '../../src/table/embedded.ts';
import { START } from '../queries/home.ts';
import { apiHome } from './api-home.ts';

const pipelinesFolder = new URL('../../pipelines', import.meta.url).pathname;

let table: EmbeddedTable;
let executions: EmbeddedExecutions;
let api: Awaited<ReturnType<typeof apiHome>>;

beforeEach(async () => {
  table = await openEmbeddedTable();
  const late: Parameters<typeof embeddedExecutions>[0]['report'] = (report) =>
    api.home.service.executionReported(report);
  const pipelines = await loadPipelines(pipelinesFolder);
  const clock = {
    now: Date.now,
    sleep: (ms: number) => new Promise<void>((done) => setTimeout(done, ms).unref()),
    random: Math.random,
  };
  api = await apiHome(
    {},
    {
      log: dynamoLog(table),
      projections: dynamoProjections(table),
      flushes: dynamoFlushes(table),
      executions: {
        start: (request) => executions.start(request),
        describe: (execution) => executions.describe(execution),
        trace: (execution, page) => executions.trace(execution, page),
      },
    },
  );
  executions = embeddedExecutions({
    pipelines,
    folder: join(api.home.root, '.spillway', 'executions'),
    objects: api.home.ports.objects,
    clock,
    report: late,
  });
});
afterEach(async () => {
  await executions.stop(5_000);
  await table.close();
  await api.home.remove();
});

async function put(files: Record<string, string>): Promise<ObjectEvent[]> {
  const put = [];
  for (const [key, content] of Object.entries(files)) put.push(await api.home.put(key, content));
  return put;
}

async function ended(id: string): Promise<string> {
  await expect
    .poll(async () => (await api.get(`/v1/batches/${id}`)).body.batch.status, { timeout: 20_000 })
    .not.toBe('running');
  return (await api.get(`/v1/batches/${id}`)).body.batch.status;
}

describe('with the table and the pipeline of a laptop', () => {
  test('a batch is followed from its files through every step to its outputs', async () => {
    await api.home.service.append(
      await put({ 'chapter10/a.csv': 'x,y\n1,2\n', 'chapter10/ü b.csv': 'x,y\n3,4\n' }),
    );
    const { body: flushed } = await api.post('/v1/flushes', { route: 'sales', flushId: 'now', who: 'ann' });
    const { id } = flushed.partitions[0].batch;
    expect(await ended(id)).toBe('succeeded');
    const { body: found } = await api.get(`/v1/batches/${id}`);
    expect(found).toMatchObject({
      output: { rows: 2, failed: 0 },
      flush: { id: 'now' },
      batch: { reason: 'manual' },
    });
    const { body: trace } = await api.get(`/v1/batches/${id}/trace?limit=200`);
    expect(trace.entries.map(({ state }: { state: string }) => state)).toEqual(
      expect.arrayContaining(['Check File Extensions', 'Process CSV', 'Collect Results']),
    );
    const { body: where } = await api.get(
      `/v1/where?uri=${encodeURIComponent('s3://landing/chapter10/ü b.csv')}`,
    );
    expect(where).toMatchObject({
      state: 'succeeded',
      writes: [{ hops: [{}, {}, { position: 2 }, { status: 'succeeded' }, {}] }],
    });
    expect(where.writes[0].hops.at(-1).outputs[0]).toMatch(/^s3:\/\/curated\/sales\/.*\.parquet$/);
    expect((await api.get('/v1/batches?status=succeeded')).body.batches).toMatchObject([{ id }]);
  });

  test('a file that failed is named with its error, and its neighbour as processed', async () => {
    await api.home.service.append(
      await put({
        'chapter10/good.csv': 'x,y\n1,2\n',
        'chapter10/notes.txt': 'hello',
        'chapter10/empty.csv': '',
      }),
    );
    const { body: flushed } = await api.post('/v1/flushes', { route: 'sales' });
    const { id } = flushed.partitions[0].batch;
    expect(await ended(id)).toBe('failed');
    const ask = async (key: string) =>
      (await api.get(`/v1/where?uri=${encodeURIComponent(`s3://landing/${key}`)}`)).body;
    expect(await ask('chapter10/notes.txt')).toMatchObject({
      state: 'failed',
      sentence: 'Processing "chapter10/notes.txt" failed: InvalidFormatException.',
    });
    expect(await ask('chapter10/empty.csv')).toMatchObject({
      state: 'failed',
      sentence: expect.stringContaining('Error.'),
    });
    expect(await ask('chapter10/good.csv')).toMatchObject({
      state: 'succeeded',
      sentence: expect.stringContaining('other files of the batch failed'),
    });
    const { body: why } = await api.get('/v1/why?route=sales');
    expect(why).toMatchObject({
      state: 'empty',
      sentence: expect.stringMatching(/with 3 events; failed \(\w+\)\.$/),
    });
  });

  test('a file that failed is named though its route has no place for a report', async () => {
    await api.home.service.append(
      await put({ 'partners/a/1.csv': 'x\n1\n', 'partners/a/2.csv': '', 'partners/a/3.csv': 'x\n3\n' }),
    );
    const { body: list } = await api.get('/v1/batches');
    expect(await ended(list.batches[0].id)).toBe('failed');
    const { body } = await api.get('/v1/where?uri=s3://landing/partners/a/2.csv');
    expect(body.state).toBe('failed');
    expect(body.sentence).toMatch(/^Processing "partners\/a\/2\.csv" failed: \w+\.$/);
  });

  test('open windows, pages and look-ups give the same as in memory', async () => {
    for (const name of ['a', 'b', 'zürich', '🦊'])
      await api.home.service.append([{ ...(await api.home.put(`partners/${name}/1.csv`)), arrival: START }]);
    const { body: first } = await api.get('/v1/windows?limit=3');
    const { body: second } = await api.get(`/v1/windows?limit=3&cursor=${first.nextCursor}`);
    expect([...first.windows, ...second.windows].map(({ partition }) => partition)).toEqual([
      'a',
      'b',
      'zürich',
      '🦊',
    ]);
    for (const path of [
      '/v1/batches?until=0001-01-01T00:00:00Z',
      '/v1/batches?until=9999-12-31T23:59:59Z',
      '/v1/routes',
      '/v1/flushes/%00',
    ])
      expect((await api.get(path)).status).toBeLessThan(500);
    const long = 'ü'.repeat(1_024);
    for (const partition of [long, '\u0000', 'a#b', '~']) {
      const { body } = await api.get(`/v1/why?route=partners&partition=${encodeURIComponent(partition)}`);
      expect(body.state).toBe('no-such-partition');
    }
  });

  test('a table that has gone is told as such, not as an error of ours', async () => {
    await api.home.service.append([await api.home.put('partners/a/1.csv')]);
    await table.close();
    const { status, body } = await api.get('/v1/windows');
    expect([status, body.code]).toEqual([503, 'log-unavailable']);
  });
});
