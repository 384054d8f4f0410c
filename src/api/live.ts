import { Hono } from 'hono';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import type { StreamMessage as Entry } from '../announcements/stream.ts';
import type { Live } from './api.ts';
import { describedStream } from './described.ts';
import { liveMessage } from './live-message.ts';
import { RequestRefusedError } from './problem.ts';
import { streamMessage, streamQuery } from './stream-schemas.ts';
import { query } from './validate.ts';

/** How long a client that lost its stream waits before it comes back (ms). */
const RETRY_MS = 2_000;

/** The live stream as server-sent events: what is held after Last-Event-ID first, then what happens. */
export function live(options: Live | undefined, now: () => number): Hono {
  const app = new Hono();
  let listeners = 0;
  app.get(
    '/stream',
    describedStream('stream', 'What happens, as it happens', streamMessage, {
      400: 'Last-Event-ID is no number',
      403: 'Asked from another site',
      501: 'This home has no live stream',
      503: 'Too many listeners',
    }),
    query(streamQuery),
    (c) => {
      if (!options) throw noStream();
      const lastSeen = lastSeenOf(c.req.header('last-event-id') ?? c.req.valid('query').lastEventId);
      // Nobody would read what a HEAD request started, nor end it.
      if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-type': 'text/event-stream' });
      if (listeners >= options.listenersMax) throw tooMany(options.listenersMax);
      listeners += 1;
      c.header('x-accel-buffering', 'no');
      return streamSSE(c, async (sse) => {
        try {
          await deliver(sse, options, lastSeen, now);
        } finally {
          listeners -= 1;
        }
      });
    },
  );
  return app;
}

async function deliver(
  sse: SSEStreamingApi,
  { stream, heartbeatMs, stopping }: Live,
  lastSeen: number | null,
  now: () => number,
): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    sse.onAbort(resolve);
    stopping.addEventListener('abort', () => resolve(), { once: true });
    if (stopping.aborted) resolve();
  });
  // A comment keeps proxies and clients sure of the connection; it is no message and moves no id.
  const beat = () => sse.write(`: heartbeat ${new Date(now()).toISOString()}\n\n`);
  await sse.write(`retry: ${RETRY_MS}\n`);
  await beat();
  const timer = setInterval(beat, heartbeatMs);
  const unsubscribe = stream.subscribe(lastSeen, (entry: Entry) => send(sse, entry, now()));
  await ended;
  clearInterval(timer);
  unsubscribe();
}

async function send(sse: SSEStreamingApi, entry: Entry, at: number): Promise<void> {
  const message = liveMessage(entry, at);
  await sse.writeSSE({ id: String(message.id), data: JSON.stringify(message) });
}

function lastSeenOf(text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  const seen = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(seen)) return seen;
  throw new RequestRefusedError(400, 'request-invalid', {
    title: 'Last-Event-ID is not as expected',
    detail: `${JSON.stringify(text.slice(0, 100))} is no id of a message: expected the number that the last one had.`,
    errors: [{ field: 'Last-Event-ID', message: 'expected a whole number' }],
  });
}

function tooMany(max: number): RequestRefusedError {
  return new RequestRefusedError(
    503,
    'too-many-listeners',
    {
      title: 'Too many listeners',
      detail: `${max} clients listen already, and no more are served at a time.`,
      hint: 'Close a page or stop a listener, then come back.',
    },
    { 'retry-after': '5' },
  );
}

function noStream(): RequestRefusedError {
  return new RequestRefusedError(501, 'no-stream', {
    title: 'No live stream here',
    detail: 'Only a server on a laptop has a live stream.',
    hint: 'On AWS, listen to the EventBridge events of the service, or ask /v1/batches again.',
  });
}
