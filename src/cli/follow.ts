import * as z from 'zod';
import { type StreamMessage, streamMessage } from '../api/stream-schemas.ts';
import type { Client } from './client/client.ts';
import { STREAM_PATH } from './client/endpoints.ts';
import { EventStreamError, readEventStream } from './client/sse.ts';
import { isPassing } from './passing.ts';

/** Three heartbeats that did not come mean that the connection is dead though nobody said so. */
const SILENCE_MS_MAX = 45_000;
const RETRY_MS_FIRST = 500;
const RETRY_MS_MAX = 10_000;

const envelope = z.object({ kind: z.string() });

/**
 * Hands on the messages of the live stream until the process ends. A connection that breaks or falls silent is
 * opened again after the last message seen, and `talk` says so; a server that was never there is an error.
 */
export async function followStream(options: {
  client: Client;
  talk: (text: string) => void;
  onMessage: (message: StreamMessage) => Promise<void>;
  silenceMs?: number;
}): Promise<never> {
  const { client, talk, onMessage, silenceMs = SILENCE_MS_MAX } = options;
  let lastId: string | undefined;
  let connections = 0;
  let waitMs = RETRY_MS_FIRST;
  while (true) {
    const silence = new AbortController();
    const alive = silenceTimer(silence, silenceMs);
    try {
      const body = await client.stream(STREAM_PATH, lastId, silence.signal);
      connections += 1;
      waitMs = RETRY_MS_FIRST;
      talk(connections === 1 ? `Listening to ${client.url}. Ctrl-C ends it.` : reconnected(lastId));
      for await (const item of readEventStream(body)) {
        alive.heard();
        if (item.kind === 'heartbeat') continue;
        if (item.id !== '') lastId = item.id;
        const message = messageIn(item.data, talk);
        if (message !== null) await onMessage(message);
        alive.heard();
      }
      talk('The server has closed the stream. Connecting again.');
    } catch (error) {
      if (connections === 0 || !isInterruption(error)) throw error;
      if (waitMs === RETRY_MS_FIRST) talk(lost(silence.signal, silenceMs));
    } finally {
      alive.stop();
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    waitMs = Math.min(RETRY_MS_MAX, waitMs * 2);
  }
}

function silenceTimer(silence: AbortController, silenceMs: number) {
  let timer = setTimeout(() => silence.abort(), silenceMs);
  return {
    heard: () => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), silenceMs);
    },
    stop: () => clearTimeout(timer),
  };
}

/** A server of a later version may send kinds that this one does not know: they are named and skipped. */
function messageIn(data: string, talk: (text: string) => void): StreamMessage | null {
  const parsed = streamMessage.safeParse(jsonIn(data));
  if (parsed.success) return parsed.data;
  const kind = envelope.safeParse(jsonIn(data)).data?.kind;
  talk(`A message of an unknown kind was skipped${kind === undefined ? '' : `: ${kind}`}.`);
  return null;
}

function jsonIn(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

function isInterruption(error: unknown): boolean {
  if (isPassing(error) || error instanceof EventStreamError) return true;
  // A body that breaks off: undici's TypeError "terminated", or our own abort after a silence.
  return error instanceof Error && (error.name === 'AbortError' || error.message === 'terminated');
}

function lost(silence: AbortSignal, silenceMs: number): string {
  return silence.aborted
    ? `Nothing was heard for ${silenceMs / 1_000} s. Connecting again.`
    : 'The connection is lost. Connecting again.';
}

function reconnected(lastId: string | undefined): string {
  return lastId === undefined ? 'Connected again.' : `Connected again, continuing after message ${lastId}.`;
}
