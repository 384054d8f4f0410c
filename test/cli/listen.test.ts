import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createClient } from '../../src/cli/client/client.ts';
import { followStream } from '../../src/cli/follow.ts';
import { event } from '../queries/home.ts';
import { type Served, serve, serveHome } from './served.ts';
import { type Running, start } from './spawned.ts';

let served: Served;
let running: Running | undefined;

beforeEach(async () => {
  served = await serve();
});

afterEach(async () => {
  running?.child.kill('SIGKILL');
  await running?.ended;
  running = undefined;
  await served.stop();
});

async function listen(...words: string[]): Promise<Running> {
  running = start(['listen', ...words], { env: served.env });
  await running.printed(/Listening/);
  return running;
}

const kindsIn = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).kind);

describe('listen', () => {
  test('prints what happens as NDJSON', async () => {
    const { printed, stdout } = await listen('--json');
    await served.count('partners/acme/', 3);
    await printed(/execution-started/);
    expect(kindsIn(stdout())).toEqual(
      expect.arrayContaining(['committed', 'batch-closed', 'execution-started']),
    );
    expect(JSON.parse(stdout().split('\n')[0] ?? '')).toMatchObject({ schemaVersion: 1, route: 'partners' });
  });

  test('prints five fields a line in a pipe, and escapes hostile keys', async () => {
    const { printed, stdout } = await listen();
    await served.home.service.append([event('partners/a\tb/x\u001b[2J.csv', served.home.time.now)]);
    await printed(/committed/);
    const [line = ''] = stdout().split('\n');
    expect(line.split('\t')).toHaveLength(5);
    expect(line).toContain('x\\x1b[2J.csv');
  });

  test('says that a delivery is a repeated one', async () => {
    const { printed, stdout } = await listen();
    const once = event('chapter10/again.csv', served.home.time.now);
    await served.home.service.append([once]);
    await served.home.service.append([once]);
    await printed(/duplicates/);
    expect(stdout()).toContain('delivered again, counted once: chapter10/again.csv');
  });

  test('keeps to the route and the reason asked for', async () => {
    const { printed, stdout } = await listen('--json', '--route', 'partners', '--reason', 'count');
    await served.count('chapter10/', 1);
    await served.home.service.flush({ id: 'x', reason: 'manual', who: 'w', scope: {}, minEvents: 1 });
    await served.count('partners/acme/', 3);
    await printed(/"batch-closed"/);
    const messages = stdout()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(messages.every(({ route }) => route === 'partners')).toBe(true);
    expect(messages.some(({ reason }) => reason === 'manual')).toBe(false);
  });

  test('comes back after a lost connection, misses nothing, and says so on stderr', async () => {
    const { printed, stdout, stderr } = await listen('--json');
    await served.home.service.append([event('chapter10/1.csv', served.home.time.now)]);
    await printed(/chapter10\/1\.csv/);
    const { port } = served.api;
    await served.api.close();
    await served.home.service.append([event('chapter10/2.csv', served.home.time.now)]);
    served.api = await serveHome(served.home, { port });
    await printed(/Connected again, continuing after message \d+/);
    await served.home.service.append([event('chapter10/3.csv', served.home.time.now)]);
    await printed(/chapter10\/3\.csv/);
    const keys = stdout()
      .trimEnd()
      .split('\n')
      .flatMap((line) => JSON.parse(line).keys ?? []);
    expect(keys).toEqual(['chapter10/1.csv', 'chapter10/2.csv', 'chapter10/3.csv']);
    expect(stderr()).toContain('Connecting again');
  });

  test('opens a connection again that has fallen silent', async () => {
    // A server that accepts and then says nothing more, as after a laptop's sleep.
    let connections = 0;
    const silent = createServer((_request, response) => {
      connections += 1;
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
      if (connections === 2) release();
    });
    const { promise: twice, resolve: release } = Promise.withResolvers<void>();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const talk: string[] = [];
    const client = createClient({ url, authorize: async () => ({}) });
    void followStream({
      client,
      talk: (text) => talk.push(text),
      onMessage: async () => {},
      silenceMs: 100,
    }).catch(() => {});
    await twice;
    silent.closeAllConnections();
    silent.close();
    expect(talk.join('\n')).toContain('Nothing was heard for 0.1 s');
  });

  test('is an error where there was no server to begin with', async () => {
    running = start(['listen', '--json', '--url', 'http://127.0.0.1:9'], { env: served.env });
    const { code, stdout } = await running.ended;
    expect(code).toBe(1);
    expect(JSON.parse(stdout).error.code).toBe('server-unreachable');
  });
});
