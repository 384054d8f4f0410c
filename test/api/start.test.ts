import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LocalApi, PortInUseError } from '../../src/api/serve.ts';
import { TokenUnwritableError } from '../../src/api/token.ts';
import { type TestHome, testHome } from '../queries/home.ts';
import { send, serve, speak, stateFolder, tokenOf } from './wire.ts';

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

describe('starting and stopping a local server', () => {
  test('cuts off a client that never ends its request, and one that says nothing', async () => {
    await local.close();
    local = await serve(home, { patience: { headersMs: 50, requestMs: 50, idleMs: 50, silentMs: 200 } });
    const token = await tokenOf(home);
    const host = `Host: 127.0.0.1:${local.port}`;
    const unended = [
      'GET /v1/health HTTP/1.1\r\n',
      `GET /v1/health HTTP/1.1\r\n${host}\r\n`,
      `POST /v1/flushes HTTP/1.1\r\n${host}\r\nX-Spillway-Token: ${token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
      '',
    ];
    const answers = unended.map((text) => speak(local, text, false));
    for (const answer of await Promise.all(answers)) expect(answer).not.toMatch(/^HTTP\/1\.1 (2|5)/);
    expect((await send(local, 'GET', '/v1/health')).status).toBe(200);
  });

  test('says in one line that its port is taken, and leaves the other server its token', async () => {
    const second = serve(home, { port: local.port });
    await expect(second).rejects.toThrow(PortInUseError);
    await expect(second).rejects.toThrow(/^Port \d+ of 127\.0\.0\.1 is taken: [^\n]+$/);
    expect(await tokenOf(home)).toBe(token);
    expect((await send(local, 'POST', '/v1/flushes', mayChange(), flushAll)).status).toBe(200);
  });

  test('makes a new token at every start, which only the owner can read', async () => {
    const file = join(stateFolder(home), 'token');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await local.close();
    const elsewhere = join(home.root, 'elsewhere');
    await writeFile(elsewhere, 'mine', { mode: 0o644 });
    await rm(file);
    await symlink(elsewhere, file);
    local = await serve(home);
    expect((await readFile(file, 'utf8')).trim()).not.toBe(token);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    // The link was replaced, not followed.
    expect(await readFile(elsewhere, 'utf8')).toBe('mine');
    expect((await send(local, 'POST', '/v1/flushes', mayChange(), flushAll)).status).toBe(401);
  });

  test('says so when the token cannot be written, and frees the port', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'spillway-api-'));
    await writeFile(join(folder, 'file'), '');
    await local.close();
    await expect(serve(home, { stateFolder: join(folder, 'file'), port: local.port })).rejects.toThrow(
      TokenUnwritableError,
    );
    local = await serve(home, { port: local.port });
    await rm(folder, { recursive: true });
  });
});
