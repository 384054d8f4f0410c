import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LogCorruptError, LogUnavailableError } from '../../src/log/log.ts';
import { events, START } from '../queries/home.ts';
import { apiHome } from './api-home.ts';

let api: Awaited<ReturnType<typeof apiHome>>;
beforeEach(async () => {
  api = await apiHome();
});
afterEach(() => api.home.remove());

describe('refusals', () => {
  test.each([
    ['/v1/windows?limit=0', 'limit'],
    ['/v1/windows?limit=201', 'limit'],
    ['/v1/windows?limit=x', 'limit'],
    ['/v1/windows?sort=name', 'sort'],
    ['/v1/windows?rout=sales', 'query'],
    ['/v1/windows?route=a&route=b', 'route'],
    ['/v1/batches?reason=count,tiem', 'reason.1'],
    ['/v1/batches?status=', 'status.0'],
    ['/v1/batches?since=yesterday', 'since'],
    ['/v1/batches?since=2026-13-01T00:00:00Z', 'since'],
    ['/v1/why', 'route'],
    ['/v1/where', 'uri'],
    ['/v1/where?uri=http://x/y', 'uri'],
    ['/v1/where?uri=s3://bucket', 'uri'],
    ['/v1/where?bucket=b', 'uri'],
    ['/v1/where?bucket=&key=', 'key'],
  ])('%s names the field', async (path, field) => {
    const { status, body } = await api.get(path);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'request-invalid', errors: [{ field }] });
  });

  test.each([
    ['/v1/windows?limit=201', 'limit: expected a whole number from 1 to 200.'],
    ['/v1/windows?limit=x', 'limit: expected a whole number from 1 to 200.'],
    ['/v1/windows?limit=', 'limit: expected a whole number from 1 to 200.'],
    [
      '/v1/batches?since=yesterday',
      'since: expected ISO 8601 with Z or an offset, such as 2026-11-02T08:40:00Z.',
    ],
    ['/v1/why', 'route: expected the name of a route.'],
  ])('%s says what was expected', async (path, detail) => {
    expect((await api.get(path)).body.detail).toBe(detail);
  });

  test.each([
    [{}, 'route'],
    [{ route: 'sales', all: true }, 'route'],
    [{ all: false }, 'all'],
    [{ all: true, partition: 'a' }, 'partition'],
    [{ all: true, minEvents: 0 }, 'minEvents'],
    [{ all: true, minEvents: 1.5 }, 'minEvents'],
    [{ all: true, minEvents: '2' }, 'minEvents'],
    [{ all: true, flushId: '' }, 'flushId'],
    [{ all: true, flushId: 'a b' }, 'flushId'],
    [{ all: true, note: 'x'.repeat(1_001) }, 'note'],
    [{ all: true, extra: 1 }, 'body'],
    [[], 'body'],
    ['null', 'body'],
  ])('flush body %#: what does not fit is named', async (body, field) => {
    const answer = await api.post('/v1/flushes', body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'request-invalid', errors: [{ field }] });
  });

  test('a body that is no JSON, not said to be JSON, or too large', async () => {
    expect((await api.post('/v1/flushes', '{')).body).toMatchObject({ status: 400, code: 'json-invalid' });
    expect((await api.post('/v1/flushes', '')).body).toMatchObject({ status: 400, code: 'json-invalid' });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', ''])
      expect((await api.post('/v1/flushes', '{"all":true}', { 'content-type': type })).body.code).toBe(
        'not-json',
      );
    const large = JSON.stringify({ all: true, note: 'x'.repeat(1024 * 1024) });
    expect((await api.post('/v1/flushes', large)).body).toMatchObject({
      status: 413,
      code: 'body-too-large',
    });
  });

  test('a cursor of nobody, a batch of nobody, a path of nobody', async () => {
    expect((await api.get('/v1/windows?cursor=x')).body.code).toBe('cursor-invalid');
    expect((await api.get('/v1/batches?cursor=x')).body.code).toBe('cursor-invalid');
    expect((await api.get('/v1/batches/nobody')).body).toMatchObject({ status: 404, code: 'no-such-batch' });
    expect((await api.get('/v1/nothing')).body).toMatchObject({ status: 404, code: 'no-such-path' });
    expect((await api.post('/v1/windows', {})).body).toMatchObject({ status: 404, code: 'no-such-path' });
  });

  test('the stream, where the home has none', async () => {
    expect((await api.get('/v1/stream')).body).toMatchObject({ status: 501, code: 'no-stream' });
  });

  test.each([
    '/v1/windows?__proto__=1',
    '/v1/windows?__proto__[x]=1&constructor=2',
    '/v1/windows?toString=1',
    '/v1/windows?search=%E0%A4%A',
    '/v1/windows?search=%00',
    '/v1/windows?partition=%ff%fe',
    '/v1/batches/%E0%A4%A',
    '/v1/batches/..%2f..%2fetc%2fpasswd',
    '/v1/batches/%2e%2e%2f',
    '/v1/batches/%252e%252e',
    '/v1/batches/..\\..\\x',
    '/v1/batches/%00',
    '/v1/batches/C:%5Cx',
    '/v1/flushes/__proto__',
    '/v1/flushes/%00',
    '/v1/why?route=__proto__',
    '/v1/why?route=constructor&partition=toString',
    '/v1/why?route=sales&partition=%00',
    '/v1/where?uri=s3://landing/../../etc/passwd',
    '/v1/where?uri=s3://../../etc/passwd',
    '/v1/where?uri=s3://landing/chapter10/%00',
    '/v1/where?bucket=..&key=.spillway/token',
    '/v1/where?bucket=.spillway&key=token',
    '/v1/where?uri=s3://landing/chapter10/%ED%A0%80',
    '/v1/batches?cursor=WzFlOTk5LCJ4Il0',
    '/v1/batches?until=9999-12-31T23:59:59Z',
  ])('%s is answered, never with a 500', async (path) => {
    await api.home.service.append(events('chapter10/', 1, START));
    const { status } = await api.get(path);
    expect(status).toBeLessThan(500);
  });

  test('tell the log’s own errors as they are, and nothing of our insides', async () => {
    const errors: unknown[] = [];
    const broken = await apiHome({ onError: (error) => errors.push(error) });
    await broken.home.service.append(events('chapter10/', 1, START));
    const key = { route: 'sales', partition: '' };
    const fail = (error: Error) => {
      broken.home.ports.log.tail = () => Promise.reject(error);
    };
    fail(new LogUnavailableError(key, new Error('throttled')));
    expect((await broken.get('/v1/windows')).body).toMatchObject({ status: 503, code: 'log-unavailable' });
    fail(new LogCorruptError(key, 7, 'bad checksum'));
    expect((await broken.get('/v1/windows')).body).toMatchObject({ status: 500, code: 'log-corrupt' });
    fail(new TypeError('secret at /home/ann/x.ts:12'));
    const { status, body } = await broken.get('/v1/windows');
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toMatch(/secret|\.ts|\bat \//);
    expect(errors).toHaveLength(3);
    await broken.home.remove();
  });
});
