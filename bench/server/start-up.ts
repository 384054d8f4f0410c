import type { Cell, Section } from '../bench.ts';
import { askingOf } from './asking.ts';
import { type History, writeHistory } from './history.ts';
import { atRest, makePlace, type Place, startServer } from './running.ts';

const HISTORIES: History[] = [
  { events: 0, partitions: 0 },
  { events: 100_000, partitions: 1_000 },
  { events: 1_000_000, partitions: 10_000 },
];

/** How long a server takes to listen, and how much memory it holds, with a history behind it. `visit` gets the longest. */
export async function measureStartUp(
  quick: boolean,
  say: (line: string) => void,
  visit: (place: Place, history: History) => Promise<void> = async () => {},
  nodeFlags: string[] = [],
): Promise<Section> {
  const rows: Cell[][] = [];
  const histories = quick ? HISTORIES.slice(0, 2) : HISTORIES;
  for (const history of histories) {
    const place = await makePlace();
    try {
      say(`a history of ${history.events} events`);
      if (history.events > 0) await writeHistory(place, history);
      for (const after of ['an orderly stop', 'an orderly stop, again']) {
        rows.push([history.events, history.partitions, after, ...(await startOnce(place, nodeFlags))]);
      }
      if (history === histories.at(-1)) await visit(place, history);
    } finally {
      await place.remove();
    }
  }
  return {
    title: 'Start-up with a history',
    text: 'Half of the events are in open windows, one of 50 events in each partition; the other half are in batches of 100 whose executions have ended. The server is started as a user starts it; it listens when it has opened its table, and arms a timer for every open window at once, which the first answer waits for. Then it compares all logs with what is shown of them; processor time and memory are taken when it has nothing left to do.',
    head: [
      'events',
      'open windows',
      'after',
      'listens s',
      'first answer s',
      'processor s',
      'memory at first MB',
      'memory MB',
      'peak MB',
    ],
    rows,
    notes: ['The files themselves are not in the folder any more; each that is costs a look at start.'],
  };
}

async function startOnce(place: Place, nodeFlags: string[]): Promise<Cell[]> {
  const began = performance.now();
  const server = await startServer(place, nodeFlags);
  try {
    const asking = askingOf(server);
    await asking.get('/v1/routes');
    const answered = performance.now() - began;
    asking.close();
    const first = await server.memory();
    await atRest(server);
    const { now, peak } = await server.memory();
    return [server.startMs / 1000, answered / 1000, await server.processor(), first.now, now, peak];
  } finally {
    await server.stop();
  }
}
