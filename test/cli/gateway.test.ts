import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createClient } from '../../src/cli/client/client.ts';
import { failureOf } from '../../src/cli/failure.ts';

/** What API Gateway answers by itself, and connections that break: in the shapes that it has on AWS. */

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
});

async function answering(listener: RequestListener): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    listener(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked };
}

const json = (status: number, message: string, headers: Record<string, string> = {}): RequestListener => {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ message }));
  };
};

const signed = { 'x-amz-security-token': 'temporary' };
const clientOf = (url: string) => createClient({ url, authorize: async () => signed });
const ask = (url: string) => clientOf(url).get('/v1/health', {}, z.object({}));
const post = (url: string, repeatable: boolean) =>
  clientOf(url).post('/v1/flushes', {}, z.object({}), { repeatable });

test.each([
  { status: 403, message: 'Forbidden', told: { code: 'signature-refused', exitCode: 4 }, times: 1 },
  { status: 429, message: 'Too Many Requests', told: { code: 'too-many-requests', exitCode: 1 }, times: 6 },
  { status: 500, message: 'Internal Server Error', told: { code: 'api-failed', exitCode: 1 }, times: 3 },
  { status: 503, message: 'Service Unavailable', told: { code: 'api-failed', exitCode: 1 }, times: 3 },
  { status: 404, message: 'Not Found', told: { code: 'answer-unknown', exitCode: 1 }, times: 1 },
])('status $status is told as $told.code after $times requests', async ({ status, message, told, times }) => {
  const { url, asked } = await answering(json(status, message));
  const failure = failureOf(await ask(url).catch((error: unknown) => error));
  expect(failure).toMatchObject(told);
  expect(failure.hint).not.toBe('');
  expect(asked()).toBe(times);
});

test('the words of the gateway reach the user', async () => {
  const { url } = await answering(json(403, 'Forbidden'));
  await expect(ask(url)).rejects.toThrow(/refused the caller: Forbidden\.$/);
});

test.each([
  { minutes: 20, said: '20 minutes behind' },
  { minutes: -30, said: '30 minutes ahead of' },
])('a refusal with a clock that is wrong says so: $said', async ({ minutes, said }) => {
  const there = () => ({ date: new Date(Date.now() + minutes * 60_000).toUTCString() });
  const { url } = await answering((request, response) => json(403, 'Forbidden', there())(request, response));
  const failure = failureOf(await ask(url).catch((error: unknown) => error));
  expect(failure).toMatchObject({ code: 'clock-wrong', exitCode: 4 });
  expect(failure.message).toContain(`the clock here is ${said} the one there`);
  expect(failure.hint).toContain('timedatectl set-ntp true');
});

describe('a redirect', () => {
  test('is not followed: nothing signed reaches the other host', async () => {
    const other = await answering(json(200, 'mine now'));
    const { url } = await answering((_request, response) =>
      response.writeHead(307, { location: `${other.url}/v1/health` }).end(),
    );
    const failure = failureOf(await ask(url).catch((error: unknown) => error));
    expect(failure).toMatchObject({ code: 'redirect-refused', exitCode: 1 });
    expect(failure.message).toContain(other.url);
    expect(other.asked()).toBe(0);
  });
});

describe('a passing failure', () => {
  const passing = (first: RequestListener): RequestListener => {
    let count = 0;
    return (request, response) => {
      count += 1;
      if (count < 3) first(request, response);
      else response.end('{}');
    };
  };
  const failures: { name: string; first: RequestListener }[] = [
    { name: 'status 503', first: json(503, 'Service Unavailable') },
    { name: 'status 500', first: json(500, 'Internal Server Error') },
    { name: 'a connection that breaks', first: (request) => request.socket.destroy() },
    {
      name: 'a body that breaks off',
      first: (request, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"sche', () => request.socket.destroy());
      },
    },
  ];
  test.each(failures)('is asked again: $name', async ({ first }) => {
    const { url, asked } = await answering(passing(first));
    await ask(url);
    expect(asked()).toBe(3);
  });

  test('of a request that must not be repeated is told at once', async () => {
    const { url, asked } = await answering(passing(json(503, 'Service Unavailable')));
    await expect(post(url, false)).rejects.toThrow('status 503');
    expect(asked()).toBe(1);
    await post(url, true);
    expect(asked()).toBe(3);
  });
});
