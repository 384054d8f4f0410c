import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LocalApi, type LocalApiOptions, PortInUseError, serveLocalApi } from '../../src/api/serve.ts';
import { TokenUnwritableError } from '../../src/api/token.ts';
import { events, START, type TestHome, testHome } from '../queries/home.ts';

let home: TestHome;
let stateFolder: string;
let local: LocalApi;
let token: string;

beforeEach(async () => {
  home = await testHome();
  stateFolder = join(home.root, '.spillway');
  local = await serve();
  token = (await readFile(join(stateFolder, 'token'), 'utf8')).trim();
});
afterEach(async () => {
  await local.close();
  await home.remove();
});

function serve(options: Partial<LocalApiOptions> = {}): Promise<LocalApi> {
  return serveLocalApi({
    sources: home.sources,
    service: home.service,
    version: '0.1.0',
    startedAt: START,
    newFlushId: () => 'made',
    stream: home.stream,
    stateFolder,
    port: 0,
    ...options,
  });
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A request as it goes over the wire: path and headers as they are, nothing normalised. */
function send(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port: local.port, method, path, headers: { connection: 'close', ...headers } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
        answer.on('error', reject);
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

const json = { 'content-type': 'application/json' };
const flushAll = JSON.stringify({ all: true });
const mayChange = () => ({ ...json, 'x-spillway-token': token });
const codeOf = ({ body }: Answer): string => JSON.parse(body).code;

describe('a local server', () => {
  test('listens on 127.0.0.1 and prints a link whose fragment holds the token', async () => {
    expect(local.url).toBe(`http://127.0.0.1:${local.port}`);
    expect(local.urlWithToken).toBe(`${local.url}/#token=${token}`);
    expect((await send('GET', '/v1/health')).status).toBe(200);
    for (const host of ['localhost', '127.0.0.1', '[::1]'])
      expect((await send('GET', '/v1/health', { host: `${host}:${local.port}` })).status).toBe(200);
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
        const answer = await send('GET', path, { host });
        expect([400, 421]).toContain(answer.status);
        if (answer.status === 421) expect(codeOf(answer)).toBe('wrong-host');
      }
    }
    expect(
      (await send('POST', '/v1/flushes', { ...mayChange(), host: 'evil.example' }, flushAll)).status,
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
      expect(codeOf(await send('POST', '/v1/flushes', { ...mayChange(), ...headers }, flushAll))).toBe(
        'cross-site',
      );
      expect(codeOf(await send('GET', '/v1/stream', headers))).toBe('cross-site');
      expect((await send('OPTIONS', '/v1/flushes', headers)).status).toBe(403);
    }
    expect((await home.service.previewFlush({}, 1)).length).toBe(1);
    const ours = { origin: local.url, 'sec-fetch-site': 'same-origin' };
    expect((await send('POST', '/v1/flushes', { ...mayChange(), ...ours }, flushAll)).status).toBe(200);
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
      expect(codeOf(await send('POST', '/v1/flushes', headers, flushAll))).toBe(code);
    for (const method of ['PUT', 'DELETE', 'PATCH'])
      expect((await send(method, '/v1/flushes')).status).toBe(401);
    expect((await home.service.previewFlush({}, 1)).length).toBe(1);
    expect((await send('POST', '/v1/flushes', mayChange(), flushAll)).status).toBe(200);
  });

  test('changes nothing by GET', async () => {
    await home.service.append(events('partners/a/', 1, START));
    for (const path of [
      '/v1/flushes?all=true',
      '/v1/flushes/x?all=true',
      '/v1/windows',
      '/v1/why?route=partners',
    ])
      await send('GET', path, mayChange());
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
      const { headers } = await send(method, path, {
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
    const answer = await send('GET', path);
    expect(answer.status).toBeLessThan(500);
    expect(answer.body).not.toContain(token);
    expect(answer.body).not.toContain('root:');
  });

  test('cuts off bodies over a megabyte, also without a length', async () => {
    const large = JSON.stringify({ all: true, note: 'x'.repeat(1024 * 1024 + 10) });
    const told = await send(
      'POST',
      '/v1/flushes',
      { ...mayChange(), 'content-length': String(large.length) },
      large,
    );
    expect(codeOf(told)).toBe('body-too-large');
    const chunked = await send(
      'POST',
      '/v1/flushes',
      { ...mayChange(), 'transfer-encoding': 'chunked' },
      large,
    );
    expect(codeOf(chunked)).toBe('body-too-large');
    expect((await send('GET', '/v1/health', { 'x-long': 'y'.repeat(20_000) })).status).toBe(431);
  });

  test('survives what is no HTTP', async () => {
    for (const text of [
      '\0\0\0\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      'GET /v1/health HTTP/1.0\r\n\r\n',
      'GET /v1/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
      'POST /v1/flushes HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
    ]) {
      const answer = await new Promise<string>((resolve) => {
        const socket = connect(local.port, '127.0.0.1', () => socket.end(text));
        let all = '';
        socket.on('data', (chunk) => (all += chunk));
        socket.on('close', () => resolve(all));
        socket.on('error', () => resolve(all));
      });
      expect(answer).not.toMatch(/HTTP\/1\.1 (2|5)\d\d/);
    }
    expect((await send('GET', '/v1/health')).status).toBe(200);
  });

  test('says in one line that its port is taken, and leaves the other server its token', async () => {
    const second = serve({ port: local.port });
    await expect(second).rejects.toThrow(PortInUseError);
    await expect(second).rejects.toThrow(/^Port \d+ of 127\.0\.0\.1 is taken: [^\n]+$/);
    expect((await readFile(join(stateFolder, 'token'), 'utf8')).trim()).toBe(token);
    expect((await send('POST', '/v1/flushes', mayChange(), flushAll)).status).toBe(200);
  });

  test('makes a new token at every start, which only the owner can read', async () => {
    const file = join(stateFolder, 'token');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await local.close();
    const elsewhere = join(home.root, 'elsewhere');
    await writeFile(elsewhere, 'mine', { mode: 0o644 });
    await rm(file);
    await symlink(elsewhere, file);
    local = await serve();
    expect((await readFile(file, 'utf8')).trim()).not.toBe(token);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    // The link was replaced, not followed.
    expect(await readFile(elsewhere, 'utf8')).toBe('mine');
    expect((await send('POST', '/v1/flushes', mayChange(), flushAll)).status).toBe(401);
  });

  test('says so when the token cannot be written, and frees the port', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'spillway-api-'));
    await writeFile(join(folder, 'file'), '');
    await local.close();
    await expect(serve({ stateFolder: join(folder, 'file'), port: local.port })).rejects.toThrow(
      TokenUnwritableError,
    );
    local = await serve({ port: local.port });
    await rm(folder, { recursive: true });
  });
});
