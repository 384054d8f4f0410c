import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LocalApi } from '../../src/api/serve.ts';
import { events, START, type TestHome, testHome } from '../queries/home.ts';
import { codeOf, send, serve, speak, tokenOf } from './wire.ts';

let home: TestHome;
let local: LocalApi;
let token: string;

beforeEach(async () => {
  home = await testHome();
  local = await serve(home);
  token = await tokenOf(home);
});
afterEach(async () => {
  await local.close();
  await home.remove();
});

const json = { 'content-type': 'application/json' };
const flushAll = JSON.stringify({ all: true });
const mayChange = () => ({ ...json, 'x-spillway-token': token });

describe('a local server', () => {
  test('listens on 127.0.0.1 and prints a link whose fragment holds the token', async () => {
    expect(local.url).toBe(`http://127.0.0.1:${local.port}`);
    expect(local.urlWithToken).toBe(`${local.url}/#token=${token}`);
    expect((await send(local, 'GET', '/v1/health')).status).toBe(200);
    for (const host of ['localhost', '127.0.0.1', '[::1]'])
      expect((await send(local, 'GET', '/v1/health', { host: `${host}:${local.port}` })).status).toBe(200);
  });

  test('answers no other host, as after DNS rebinding', async () => {
    for (const host of [
      'evil.example',
      `evil.example:${local.port}`,
      'localhost',
      'localhost:1',
      `127.0.0.1.evil.example:${local.port}`,
      '0.0.0.0',
      `localhost:${local.port}@evil`,
    ]) {
      for (const path of ['/v1/windows', '/v1/nothing', '/openapi.json', '/']) {
        const answer = await send(local, 'GET', path, { host });
        expect([400, 421]).toContain(answer.status);
        if (answer.status === 421) expect(codeOf(answer)).toBe('wrong-host');
      }
    }
    expect(
      (await send(local, 'POST', '/v1/flushes', { ...mayChange(), host: 'evil.example' }, flushAll)).status,
    ).toBe(421);
  });

  test('lets no page of another site change or listen', async () => {
    await home.service.append(events('partners/a/', 1, START));
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `https://127.0.0.1:${local.port}` },
      { origin: `http://127.0.0.1:${local.port + 1}` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of foreign) {
      expect(codeOf(await send(local, 'POST', '/v1/flushes', { ...mayChange(), ...headers }, flushAll))).toBe(
        'cross-site',
      );
      expect(codeOf(await send(local, 'GET', '/v1/stream', headers))).toBe('cross-site');
      expect((await send(local, 'OPTIONS', '/v1/flushes', headers)).status).toBe(403);
    }
    expect((await home.service.previewFlush({}, 1)).length).toBe(1);
    const ours = { origin: local.url, 'sec-fetch-site': 'same-origin' };
    expect((await send(local, 'POST', '/v1/flushes', { ...mayChange(), ...ours }, flushAll)).status).toBe(
      200,
    );
    expect((await home.service.previewFlush({}, 1)).length).toBe(0);
  });

  test('lets nobody change anything without the token, and nothing be sent as a form', async () => {
    await home.service.append(events('partners/a/', 1, START));
    const refused: [Record<string, string>, string][] = [
      [json, 'token-missing'],
      [{ ...json, 'x-spillway-token': '' }, 'token-wrong'],
      [{ ...json, 'x-spillway-token': `${token}x` }, 'token-wrong'],
      [{ ...json, 'x-spillway-token': token.toLowerCase() }, 'token-wrong'],
      [{ ...json, authorization: `Bearer ${token}` }, 'token-missing'],
      [{ 'content-type': 'text/plain', 'x-spillway-token': token }, 'not-json'],
      [{ 'content-type': 'application/x-www-form-urlencoded', 'x-spillway-token': token }, 'not-json'],
    ];
    for (const [headers, code] of refused)
      expect(codeOf(await send(local, 'POST', '/v1/flushes', headers, flushAll))).toBe(code);
    for (const method of ['PUT', 'DELETE', 'PATCH'])
      expect((await send(local, method, '/v1/flushes')).status).toBe(401);
    expect((await home.service.previewFlush({}, 1)).length).toBe(1);
    expect((await send(local, 'POST', '/v1/flushes', mayChange(), flushAll)).status).toBe(200);
  });

  test('changes nothing by GET', async () => {
    await home.service.append(events('partners/a/', 1, START));
    for (const path of [
      '/v1/flushes?all=true',
      '/v1/flushes/x?all=true',
      '/v1/windows',
      '/v1/why?route=partners',
    ])
      await send(local, 'GET', path, mayChange());
    expect((await home.service.previewFlush({}, 1)).length).toBe(1);
    expect(await home.ports.flushes.find('x')).toBeNull();
  });

  test('sends no CORS headers, on any answer, whoever asks', async () => {
    for (const [method, path] of [
      ['GET', '/v1/health'],
      ['OPTIONS', '/v1/flushes'],
      ['GET', '/v1/nothing'],
      ['POST', '/v1/flushes'],
    ] as const) {
      const { headers } = await send(local, method, path, {
        origin: 'https://evil.example',
        'access-control-request-method': 'POST',
      });
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });

  test.each([
    '/../etc/passwd',
    '/..%2f..%2fetc/passwd',
    '/%2e%2e%2fetc/passwd',
    '/%252e%252e%252fetc/passwd',
    '/..\\..\\etc\\passwd',
    '/v1/../../etc/passwd',
    '/%00',
    '/C:/Windows/win.ini',
    '//etc/passwd',
    '/.spillway/token',
    '/v1/where?bucket=.spillway&key=token',
    'http://evil.example/v1/health',
    '/%',
  ])('%s gets nothing out of the disk', async (path) => {
    const answer = await send(local, 'GET', path);
    expect(answer.status).toBeLessThan(500);
    expect(answer.body).not.toContain(token);
    expect(answer.body).not.toContain('root:');
  });

  test('cuts off bodies over a megabyte, also without a length', async () => {
    const large = JSON.stringify({ all: true, note: 'x'.repeat(1024 * 1024 + 10) });
    const told = await send(
      local,
      'POST',
      '/v1/flushes',
      { ...mayChange(), 'content-length': String(large.length) },
      large,
    );
    expect(codeOf(told)).toBe('body-too-large');
    const chunked = await send(
      local,
      'POST',
      '/v1/flushes',
      { ...mayChange(), 'transfer-encoding': 'chunked' },
      large,
    );
    expect(codeOf(chunked)).toBe('body-too-large');
    expect((await send(local, 'GET', '/v1/health', { 'x-long': 'y'.repeat(20_000) })).status).toBe(431);
  });

  test('survives what is no HTTP', async () => {
    for (const text of [
      '\0\0\0\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      'GET /v1/health HTTP/1.0\r\n\r\n',
      'GET /v1/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
      'POST /v1/flushes HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
    ]) {
      const answer = await speak(local, text, true);
      expect(answer).not.toMatch(/HTTP\/1\.1 (2|5)\d\d/);
    }
    expect((await send(local, 'GET', '/v1/health')).status).toBe(200);
  });
});
