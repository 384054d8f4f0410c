import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { events, HOUR, MINUTE, START } from '../queries/home.ts';
import { apiHome } from './api-home.ts';

let api: Awaited<ReturnType<typeof apiHome>>;
beforeEach(async () => {
  api = await apiHome();
});
afterEach(() => api.home.remove());

describe('questions', () => {
  test('health names the product, and every problem of the home', async () => {
    expect((await api.get('/v1/health')).body).toMatchObject({
      product: 'spillway',
      status: 'ok',
      schemaVersion: 1,
    });
    const ill = await apiHome({ problems: async () => ['The disk is full.'] });
    expect((await ill.get('/v1/health')).body).toMatchObject({
      status: 'degraded',
      problems: ['The disk is full.'],
    });
    await ill.home.remove();
  });

  test('routes have their policy and their counts', async () => {
    await api.home.service.append([...events('partners/a/', 1, START), ...events('partners/b/', 3, START)]);
    const { body } = await api.get('/v1/routes');
    expect(body.routes.find(({ name }: { name: string }) => name === 'partners')).toMatchObject({
      configured: true,
      prefix: 'partners/{partner}/',
      partitions: 2,
      openWindows: 1,
      limits: { count: 3, windowMs: HOUR },
    });
  });

  test('windows have times as ISO 8601 with milliseconds', async () => {
    await api.home.service.append(events('quiet/', 4, START));
    api.home.time.now += MINUTE;
    const { body } = await api.get('/v1/windows');
    expect(body).toMatchObject({
      now: '2026-01-05T08:01:00.000Z',
      total: 1,
      nextCursor: null,
      windows: [
        {
          route: 'quiet',
          partition: '',
          count: 4,
          openedAt: '2026-01-05T08:00:00.000Z',
          deadline: '2026-01-05T08:05:00.000Z',
          timeDeadline: '2026-01-05T09:00:00.000Z',
          quietDeadline: '2026-01-05T08:05:00.000Z',
          msLeft: 4 * MINUTE,
          lastBatch: null,
        },
      ],
    });
  });

  test('a batch, its files and its trace follow one another by their ids and cursors', async () => {
    await api.home.service.append(events('chapter10/', 100, START));
    const { body: list } = await api.get(
      '/v1/batches?reason=count,time&status=running&since=2026-01-05T09:00:00%2B01:00',
    );
    expect(list.batches).toHaveLength(1);
    const { id } = list.batches[0];
    expect((await api.get(`/v1/batches/${id}`)).body.batch).toMatchObject({
      id,
      status: 'running',
      reason: 'count',
    });
    const { body: page } = await api.get(`/v1/batches/${id}/files?limit=60`);
    const { body: rest } = await api.get(`/v1/batches/${id}/files?limit=60&cursor=${page.nextCursor}`);
    expect([page.files.length, rest.files.length, rest.nextCursor]).toEqual([60, 40, null]);
    expect(rest.files.at(-1)).toMatchObject({ offset: 99, closedTheBatch: true });
    expect((await api.get(`/v1/batches/${id}/trace`)).body).toMatchObject({
      status: 'running',
      entries: [{ kind: 'started' }],
    });
  });

  test('an execution that has ended shows its output and error', async () => {
    await api.home.service.append(events('partners/a/', 6, START));
    const [one, two] = api.home.executions.running();
    await api.home.executions.end(one!, { status: 'succeeded', output: '{"rows":3}' });
    api.home.time.now += 5_000;
    await api.home.executions.end(two!, { status: 'failed', error: 'HardError', cause: 'no' });
    expect((await api.get(`/v1/batches/${one}`)).body).toMatchObject({
      output: { rows: 3 },
      batch: { status: 'succeeded' },
    });
    expect((await api.get(`/v1/batches/${two}`)).body.batch).toMatchObject({
      status: 'failed',
      error: 'HardError',
      cause: 'no',
      endedAt: '2026-01-05T08:00:05.000Z',
    });
  });

  test('why and where give the sentence that page and CLI show', async () => {
    await api.home.service.append([await api.home.put('partners/ü b/x.csv')]);
    const { body: why } = await api.get(`/v1/why?route=partners&partition=${encodeURIComponent('ü b')}`);
    expect(why.sentence).toBe('1 of 3; closes by time in 1:00:00, at 2026-01-05 09:00:00 UTC.');
    for (const asked of [
      `uri=${encodeURIComponent('s3://landing/partners/ü b/x.csv')}`,
      `bucket=landing&key=${encodeURIComponent('partners/ü b/x.csv')}`,
    ]) {
      expect((await api.get(`/v1/where?${asked}`)).body).toMatchObject({
        state: 'in-window',
        partition: 'ü b',
      });
    }
  });
});

describe('flushes', () => {
  const route = { route: 'partners' };

  test('close windows and say which, and a repetition says the same again', async () => {
    await api.home.service.append([...events('partners/a/', 2, START), ...events('partners/b/', 1, START)]);
    const asked = { ...route, flushId: 'mine', who: 'ann', note: 'now' };
    const first = await api.post('/v1/flushes', asked);
    expect(first.body).toMatchObject({
      batches: 2,
      events: 3,
      flush: { id: 'mine', who: 'ann', note: 'now', reason: 'manual' },
    });
    await api.home.service.append(events('partners/a/', 1, START));
    const second = await api.post('/v1/flushes', asked);
    expect(second.body).toEqual(first.body);
    expect((await api.get('/v1/windows')).body.total).toBe(1);
    expect((await api.get('/v1/flushes/mine')).body.partitions).toMatchObject([
      { partition: 'a', window: { seq: 1, count: 2 } },
      { partition: 'b', window: { seq: 1, count: 1 } },
    ]);
    const { batch } = first.body.partitions[0];
    expect((await api.get(`/v1/batches/${batch.id}`)).body.flush).toMatchObject({ id: 'mine', note: 'now' });
  });

  test('leave windows with fewer events than asked for open, and empty ones are no error', async () => {
    await api.home.service.append([...events('partners/a/', 2, START), ...events('partners/b/', 1, START)]);
    const { body } = await api.post('/v1/flushes', { all: true, minEvents: 2 });
    expect(body.partitions).toMatchObject([
      { outcome: 'closed', count: 2 },
      { outcome: 'below-minimum', count: 1 },
    ]);
    expect((await api.post('/v1/flushes', { ...route, partition: 'a' })).body).toMatchObject({
      batches: 0,
      partitions: [{ outcome: 'empty' }],
    });
  });

  test('as a dry run write nothing', async () => {
    await api.home.service.append(events('partners/a/', 2, START));
    const before = await api.home.ports.log.tail({ route: 'partners', partition: 'a' });
    const { body } = await api.post('/v1/flushes', { ...route, dryRun: true, flushId: 'dry' });
    expect(body).toMatchObject({
      dryRun: true,
      batches: 1,
      events: 2,
      windows: [{ partition: 'a', wouldClose: true }],
    });
    expect(await api.home.ports.log.tail({ route: 'partners', partition: 'a' })).toEqual(before);
    expect((await api.get('/v1/flushes/dry')).status).toBe(404);
  });

  test('of a misspelt route or partition are refused, not answered with "nothing to flush"', async () => {
    const wrong = await api.post('/v1/flushes', { route: 'partnres' });
    expect(wrong).toMatchObject({
      status: 404,
      body: { code: 'no-such-route', hint: 'Did you mean "partners"?' },
    });
    const partition = await api.post('/v1/flushes', { ...route, partition: 'nobody' });
    expect(partition).toMatchObject({ status: 404, body: { code: 'no-such-partition' } });
    // A plain route that saw nothing yet is there, though empty.
    expect((await api.post('/v1/flushes', { route: 'sales' })).status).toBe(200);
    expect((await api.post('/v1/flushes', { route: 'sales', partition: '' })).status).toBe(200);
  });

  test('by cron are found by their id, slashes and all', async () => {
    const id = 'sales/0/2026-01-05T08:30:00.000Z';
    await api.home.service.append(events('chapter10/', 2, START));
    await api.home.service.flush({
      id,
      reason: 'schedule',
      who: 'cron',
      scope: { route: 'sales' },
      minEvents: 50,
    });
    for (const path of [id, encodeURIComponent(id)]) {
      expect((await api.get(`/v1/flushes/${path}`)).body).toMatchObject({
        flush: { id, reason: 'schedule' },
        partitions: [{ window: null, skipped: 'below-minimum' }],
      });
    }
  });

  test('name who asked as the home knows it, whatever the asker says', async () => {
    const aws = await apiHome({ caller: () => 'arn:aws:iam::1:user/ann' });
    expect((await aws.post('/v1/flushes', { all: true, who: 'somebody else' })).body.flush.who).toBe(
      'arn:aws:iam::1:user/ann',
    );
    await aws.home.remove();
  });
});

test('every answer carries the headers that keep browsers out of it', async () => {
  for (const path of ['/v1/health', '/v1/nothing', '/openapi.json', '/v1/windows?limit=x']) {
    const { headers } = await api.app.request(path);
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  }
  expect((await api.app.request('/v1/health')).headers.get('cache-control')).toBe('no-store');
});
