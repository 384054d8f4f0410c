/** What arrives on an event stream: a message, or a comment, which servers send as a sign of life. */
export type StreamItem = { kind: 'message'; id: string; data: string } | { kind: 'heartbeat' };

/** A line longer than this is no message of ours. */
const LINE_CHARACTERS_MAX = 4 * 1024 * 1024;

/**
 * Reads `text/event-stream` (WHATWG HTML, "Server-sent events"): CR, LF or CRLF ends a line, an empty line ends a
 * message, several `data` lines are joined. The last id stays in force until another comes. A message that the
 * connection cut off is dropped, as the standard says.
 */
export async function* readEventStream(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamItem> {
  let id = '';
  let data: string[] = [];
  for await (const line of linesOf(body)) {
    if (line === '') {
      if (data.length > 0) yield { kind: 'message', id, data: data.join('\n') };
      data = [];
      continue;
    }
    if (line.startsWith(':')) {
      yield { kind: 'heartbeat' };
      continue;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    if (field === 'id' && !value.includes('\0')) id = value;
  }
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    // A CR at the very end may be the first half of a CRLF: leave it for the next chunk.
    const complete = rest.endsWith('\r') ? rest.length - 1 : rest.length;
    const lines = rest.slice(0, complete).split(/\r\n|\r|\n/);
    rest = (lines.pop() ?? '') + rest.slice(complete);
    if (rest.length > LINE_CHARACTERS_MAX) throw new EventStreamError('a line does not end');
    yield* lines;
  }
}

/** What the server sends is not an event stream. */
export class EventStreamError extends Error {
  override readonly name = 'EventStreamError';

  constructor(detail: string) {
    super(`The event stream cannot be read: ${detail}. Connect again.`);
  }
}
