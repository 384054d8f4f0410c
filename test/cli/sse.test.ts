import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readEventStream, type StreamItem } from '../../src/cli/client/sse.ts';

async function* inPieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b);
  let from = 0;
  for (const to of [...places, bytes.length]) {
    yield bytes.subarray(from, to);
    from = to;
  }
}

async function read(text: string, cuts: readonly number[] = []): Promise<StreamItem[]> {
  const items: StreamItem[] = [];
  for await (const item of readEventStream(inPieces(new TextEncoder().encode(text), cuts))) items.push(item);
  return items;
}

describe('an event stream', () => {
  const TEXT =
    'retry: 2000\n: alive\n\nid: 7\ndata: {"a":\ndata: "é👍"}\n\ndata: next\n\nid: 8\ndata: cut off';

  test('gives messages with the id in force, and signs of life; a message that was cut off is dropped', async () => {
    expect(await read(TEXT)).toEqual([
      { kind: 'heartbeat' },
      { kind: 'message', id: '7', data: '{"a":\n"é👍"}' },
      { kind: 'message', id: '7', data: 'next' },
    ]);
  });

  test('is the same however it is cut into pieces and whichever line ends it has', async () => {
    const whole = await read(TEXT);
    const lineEnds = fc.constantFrom('\n', '\r\n', '\r');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 20 }), lineEnds, async (cuts, lineEnd) => {
        expect(await read(TEXT.replaceAll('\n', lineEnd), cuts)).toEqual(whole);
      }),
    );
  });
});
