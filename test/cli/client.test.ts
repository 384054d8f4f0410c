import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createClient } from '../../src/cli/client/client.ts';
import { tokenFrom } from '../../src/cli/client/token.ts';
import { run } from './spawned.ts';

/** Servers that are not ours, or not well: what the real one never does. */

let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  server = undefined;
});

async function answering(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const nobody = async () => ({});

describe('an answer that is not ours', () => {
  const answers: { name: string; status: number; body: string; headers?: Record<string, string> }[] = [
    { name: 'a web page', status: 200, body: '<html>' },
    { name: 'a page of an error', status: 400, body: '<html>Bad Gateway\u001b[2J</html>' },
    { name: 'nothing', status: 200, body: '' },
    { name: 'JSON of another shape', status: 200, body: '{"windows":{}}' },
    { name: 'a later schema version', status: 200, body: '{"schemaVersion":2,"windows":[]}' },
  ];
  test.each(answers)('is told in a line: $name', async ({ status, body, headers = {} }) => {
    const url = await answering((_request, response) => response.writeHead(status, headers).end(body));
    const { code, stdout, stderr } = await run(['windows', '--url', url]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: The answer of http:\/\/127\S+ cannot be understood: .*\n$/);
    expect(stderr).not.toContain('\u001b');
  });

  test('is told also when the server only takes the request and hangs up', async () => {
    const url = await answering((request) => request.socket.destroy());
    const { code, stderr } = await run(['windows', '--url', url]);
    expect({ code, lines: stderr.trimEnd().split('\n').length }).toEqual({ code: 1, lines: 1 });
  });
});

describe('a flush whose answer is lost', () => {
  test('is asked for again with the same id', async () => {
    const root = await mkdtemp(join(tmpdir(), 'spillway-client-'));
    await mkdir(join(root, '.spillway'));
    await writeFile(join(root, '.spillway', 'token'), 'secret\n');
    const ids: string[] = [];
    const url = await answering((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      request.on('end', () => {
        ids.push(JSON.parse(text).flushId);
        if (ids.length < 3) request.socket.destroy();
        else response.writeHead(404, { 'content-type': 'application/problem+json' }).end(PROBLEM);
      });
    });
    const { code } = await run(['flush', 'sales', '--url', url, '--root', root]);
    await rm(root, { recursive: true, force: true });
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
    expect(code).toBe(6);
  });
});

const PROBLEM = JSON.stringify({
  type: 'urn:spillway:problem:no-such-route',
  title: 'No such route',
  status: 404,
  code: 'no-such-route',
  detail: 'There is no route "sales".',
});

describe('the token', () => {
  test('is sent with changes to this machine only', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'spillway-token-'));
    const file = join(folder, 'token');
    await writeFile(file, 'secret\n');
    const authorize = tokenFrom(file);
    const headersFor = (method: string, url: string) =>
      authorize({ method, url: new URL(url), body: undefined });
    expect(await headersFor('POST', 'http://127.0.0.1:1/')).toEqual({ 'x-spillway-token': 'secret' });
    expect(await headersFor('POST', 'http://[::1]:1/')).toEqual({ 'x-spillway-token': 'secret' });
    expect(await headersFor('GET', 'http://127.0.0.1:1/')).toEqual({});
    expect(await headersFor('POST', 'https://example.com/')).toEqual({});
    expect(await headersFor('POST', 'http://127.0.0.1.example.com/')).toEqual({});
    await rm(folder, { recursive: true, force: true });
  });
});

describe('a query', () => {
  test('reaches the server as it was given, whatever its characters', async () => {
    const odd = 'a&b=c#d?%41/é\u0000数\u202e+ ';
    const url = await answering((request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://127.0.0.1');
      response.end(JSON.stringify({ search: searchParams.get('search') }));
    });
    const client = createClient({ url, authorize: nobody });
    const answer = await client.get('/v1/windows', { search: odd }, z.object({ search: z.string() }));
    expect(answer.search).toBe(odd);
  });
});
