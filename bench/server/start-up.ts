import { setTimeout as pause } from 'node:timers/promises';
import type { Cell, Section } from '../bench.ts';
import { askingOf } from './asking.ts';
import { type History, writeHistory } from './history.ts';
import { makePlace, startServer } from './running.ts';

const HISTORIES: History[] = [
  { events: 0, partitions: 0 },
  { events: 100_000, partitions: 1_000 },
  { events: 1_000_000, partitions: 10_000 },
];

/** How long a server takes to listen, and how much memory it holds, with a history behind it. */
export async function measureStartUp(
  quick: boolean,
  say: (line: string) => void,
  nodeFlags: string[] = [],
): Promise<Section> {
  const rows: Cell[][] = [];
  for (const history of quick ? HISTORIES.slice(0, 2) : HISTORIES) {
    const place = await makePlace();
    try {
      say(`a history of ${history.events} events`);
      if (history.events > 0) await writeHistory(place, history);
      for (const after of ['an orderly stop', 'an orderly stop, again']) {
        rows.push([history.events, history.partitions, after, ...(await startOnce(place, nodeFlags))]);
      }
    } finally {
      await place.remove();
    }
  }
  return {
    title: 'Start-up with a history',
    text: 'Half of the events are in open windows, one of 50 events in each partition; the other half are in batches of 100 whose executions have ended. The server is started as a user starts it; it listens when it has read its table, started what was not started and armed a timer for every open window.',
    head: [
      'events',
      'open windows',
      'after',
      'listens s',
      'first answer s',
      'processor s',
      'memory MB',
      'peak MB',
    ],
    rows,
    notes: ['The files themselves are not in the folder any more; each that is costs a look at start.'],
  };
}

async function startOnce(place: Awaited<ReturnType<typeof makePlace>>, nodeFlags: string[]): Promise<Cell[]> {
  const began = performance.now();
  const server = await startServer(place, nodeFlags);
  try {
    const asking = askingOf(server);
    await asking.get('/v1/routes');
    const answered = performance.now() - began;
    asking.close();
    const processor = await server.processor();
    // What start-up needed for a moment is given back, or not, by then.
    await pause(5_000);
    const { now, peak } = await server.memory();
    return [server.startMs / 1000, answered / 1000, processor, now, peak];
  } finally {
    await server.stop();
  }
}
