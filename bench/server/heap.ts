import { once } from 'node:events';
import { until } from './asking.ts';

/** The heap of a running server, through Node's inspector. */
export interface Heap {
  /** MB (10^6 bytes) of objects and buffers that are left after a full collection. */
  used(): Promise<number>;
  close(): void;
}

/** For the server's process: an inspector on any free port of this machine. */
export const HEAP_FLAGS = ['--inspect=127.0.0.1:0'];

const LISTENING = /ws:\/\/\S+/;

/** Whether a line on stderr is the inspector's, and no problem of the server. */
export function isAboutHeap(text: string): boolean {
  return /^(Debugger |For help, see)/.test(text);
}

/** What Runtime.getHeapUsage answers, as far as it is used; bytes. */
interface Usage {
  usedSize: number;
  backingStorageSize?: number;
}

export async function heapOf(said: () => string[]): Promise<Heap> {
  const [address = ''] = await until(
    async () => LISTENING.exec(said().join('\n')) ?? [],
    (found) => found.length > 0,
  );
  const socket = new WebSocket(address);
  await once(socket, 'open');
  const waiting = new Map<number, (result: Usage) => void>();
  let asked = 0;
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result: Usage };
    if (id !== undefined) waiting.get(id)?.(result);
  });
  const ask = (method: string) =>
    new Promise<Usage>((resolve) => {
      asked += 1;
      waiting.set(asked, resolve);
      socket.send(JSON.stringify({ id: asked, method }));
    });
  return {
    async used() {
      await ask('HeapProfiler.collectGarbage');
      const { usedSize, backingStorageSize = 0 } = await ask('Runtime.getHeapUsage');
      return (usedSize + backingStorageSize) / 1e6;
    },
    close: () => socket.close(),
  };
}
