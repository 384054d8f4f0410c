import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LocalApi } from '../../src/api/serve.ts';
import { streamMessage } from '../../src/api/stream-schemas.ts';
import { events, START, type TestHome, testHome } from '../queries/home.ts';
import { serve } from './wire.ts';

let home: TestHome;
let local: LocalApi;
const open: AbortController[] = [];

beforeEach(async () => {
  home = await testHome();
  local = await serve(home, { listenersMax: 3, heartbeatMs: 20 });
});
afterEach(async () => {
  for (const controller of open.splice(0)) controller.abort();
  await local.close();
  await home.remove();
});

/** A listener that reads until a condition holds for the messages it got. */
async function listen(lastEventId?: string, query = '') {
  const controller = new AbortController();
  open.push(controller);
  const response = await fetch(`${local.url}/v1/stream${query}`, {
    headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
    signal: controller.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    response,
    close: () => controller.abort(),
    async until(done: (messages: ReturnType<typeof parse>, text: string) => boolean) {
      while (!done(parse(text), text)) {
        const chunk = await reader?.read();
        if (!chunk || chunk.done) throw new Error(`The stream ended before: ${text}`);
        text += chunk.value;
      }
      return parse(text);
    },
    async toEnd() {
      for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read())
        text += chunk.value;
      return parse(text);
    },
  };
}

function parse(text: string) {
  return text
    .split('\n\n')
    .slice(0, -1)
    .flatMap((block) => {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      const id = /^id: (.*)$/m.exec(block)?.[1];
      return data === undefined ? [] : [{ id, message: streamMessage.parse(JSON.parse(data)) }];
    });
}

describe('the live stream', () => {
  test('tells of commits, closings and executions as they happen, each with its id', async () => {
    const listener = await listen();
    expect(listener.response.headers.get('content-type')).toContain('text/event-stream');
    await home.service.append(events('partners/ü/', 3, START));
    await home.executions.end(home.executions.running()[0]!, { status: 'failed', error: 'HardError' });
    const messages = await listener.until((all) =>
      all.some(({ message }) => message.kind === 'execution-failed'),
    );
    const kinds = messages.map(({ message }) => message.kind);
    for (const kind of ['committed', 'batch-closed', 'execution-started', 'execution-failed'])
      expect(kinds).toContain(kind);
    expect(messages.map(({ id }) => id)).toEqual(messages.map(({ message }) => String(message.id)));
    expect(messages.find(({ message }) => message.kind === 'committed')?.message).toMatchObject({
      route: 'partners',
      partition: 'ü',
      events: 3,
      closed: [{ reason: 'count', count: 3 }],
      open: null,
    });
  });

  test('hands a listener that comes back exactly what it missed', async () => {
    const first = await listen();
    await home.service.append(events('partners/a/', 1, START));
    const [seen] = await first.until((all) => all.length >= 1);
    first.close();
    await home.service.append(events('partners/b/', 1, START));
    await home.service.append(events('partners/c/', 1, START));
    for (const again of [await listen(seen?.id), await listen(undefined, `?lastEventId=${seen?.id}`)]) {
      const missed = await again.until((all) => all.length >= 2);
      expect(missed.map(({ message }) => 'partition' in message && message.partition)).toEqual(['b', 'c']);
      again.close();
    }
  });

  test('tells a gap when what was missed is no longer held, and when the server is another', async () => {
    for (let group = 0; group < 150; group += 1)
      await home.service.append(events(`partners/p${group}/`, 1, START));
    const late = await listen('5');
    const [gap, next] = await late.until((all) => all.length >= 2);
    expect(gap?.message).toMatchObject({ kind: 'gap', missed: 45, id: 50 });
    expect(next?.message.id).toBe(51);
    late.close();
    const stranger = await listen('999999');
    const [other] = await stranger.until((all) => all.length >= 1);
    expect(other?.message).toMatchObject({ kind: 'gap', missed: null });
  });

  test('proves by heartbeats that it lives though nothing happens', async () => {
    const listener = await listen();
    await listener.until((all, text) => all.length === 0 && text.split(': heartbeat').length > 3);
  });

  test('serves so many listeners and refuses the next, until one leaves', async () => {
    const listeners = [await listen(), await listen(), await listen()];
    const refused = await listen();
    expect(refused.response.status).toBe(503);
    expect(refused.response.headers.get('content-type')).toBe('application/problem+json');
    expect(refused.response.headers.get('retry-after')).toBe('5');
    listeners[0]?.close();
    await expect.poll(async () => (await listen()).response.status).toBe(200);
  });

  test('keeps no place for those who ask for its headers only', async () => {
    for (let asked = 0; asked < 5; asked += 1)
      expect((await fetch(`${local.url}/v1/stream`, { method: 'HEAD' })).status).toBe(200);
    expect((await listen()).response.status).toBe(200);
  });

  test('refuses an id that is none', async () => {
    for (const id of ['x', '-1', '1.5', '1e3', '99999999999999999999'])
      expect((await listen(id)).response.status).toBe(400);
  });

  test('ends when the server stops', async () => {
    const listener = await listen();
    await listener.until((_all, text) => text.includes('heartbeat'));
    const stopped = local.close();
    await listener.toEnd();
    await stopped;
  });
});
