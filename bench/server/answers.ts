import { setTimeout as pause } from 'node:timers/promises';
import type { BatchesAnswer, FlushDone } from '../../src/cli/client/endpoints.ts';
import type { Cell, Section } from '../bench.ts';
import { quantile } from '../log/statistics.ts';
import { askingOf } from './asking.ts';
import { type Call, callsOf } from './calls.ts';
import { dropAll, dropSteadily } from './dropping.ts';
import type { History } from './history.ts';
import { atRest, type Place, startServer } from './running.ts';

const LOAD_PER_SECOND = 200;

/** So long after the history a file arrives whose way is asked for (ms): few files come right after a million others. */
const AGED_MS = 125_000;

/** A slow call is made as often as fits into this, but at least so many times. */
const PATIENCE = { ms: 4_000, times: 3 };

function isInTime(taken: readonly number[]): boolean {
  return taken.length < PATIENCE.times || taken.reduce((sum, ms) => sum + ms, 0) < PATIENCE.ms;
}

/** Every call of the API, one after the other over one connection; then the same while files arrive. */
export async function measureAnswers(
  place: Place,
  history: History,
  times: number,
  say: (line: string) => void,
): Promise<Section> {
  const running = await startServer(place);
  const asking = askingOf(running);
  try {
    await dropAll(
      place.root,
      Array.from({ length: 1_000 }, (_, file) => `flood/${file}.txt`),
    );
    await dropAll(
      place.root,
      Array.from({ length: 300 }, (_, file) => `open/p${file % 100}/${file}.txt`),
    );
    await atRest(running);
    const { batches } = await asking.get<BatchesAnswer>('/v1/batches?route=flood&limit=10');
    const id = batches.at(-1)?.id ?? '';
    const { flush } = await asking.post<FlushDone>('/v1/flushes', { route: 'csv', who: 'bench' });
    const calls = callsOf({ batch: id, flush: flush.id, url: running.url });
    // A file that is looked for may be in any record since two minutes before it was written.
    await pause(AGED_MS);
    await dropAll(place.root, ['flood/late.txt']);
    await atRest(running);
    const rows: Cell[][] = [];
    const idle = await timesOf(calls, times, asking, say, 'idle');
    const load = dropSteadily(place.root, LOAD_PER_SECOND, (file) => `flood/load/${file}.txt`);
    await pause(2_000);
    const busy = await timesOf(calls, times, asking, say, 'under load');
    await load.stop();
    for (const [name, { ms, bytes }] of idle) {
      rows.push([name, ...tails(ms), ...tails(busy.get(name)?.ms), bytes / 1000]);
    }
    return sectionOf(rows, times, history);
  } finally {
    asking.close();
    await running.stop();
  }
}

async function timesOf(
  calls: Map<string, Call>,
  times: number,
  asking: ReturnType<typeof askingOf>,
  say: (line: string) => void,
  when: string,
) {
  const found = new Map<string, { ms: number[]; bytes: number }>();
  for (const [name, call] of calls) {
    say(`${when}: ${name}`);
    const ms: number[] = [];
    let bytes = 0;
    for (let turn = 0; turn < times && isInTime(ms); turn += 1) {
      const asked = performance.now();
      const answer = await call(asking, turn);
      ms.push(performance.now() - asked);
      bytes = JSON.stringify(answer).length;
    }
    found.set(name, { ms, bytes });
  }
  return found;
}

function tails(times: number[] = []): Cell[] {
  return [quantile(times, 0.5), quantile(times, 0.99)];
}

function sectionOf(rows: Cell[][], times: number, { events, partitions }: History): Section {
  return {
    title: 'How soon the API answers',
    text: `Each call ${times} times, slow ones for ${PATIENCE.ms / 1000} s, over one connection, with a history of ${events.toLocaleString('en')} events and ${partitions.toLocaleString('en')} open windows; then again while ${LOAD_PER_SECOND} files a second arrive. KB: the answer's size.`,
    head: ['call', 'idle p50 ms', 'idle p99 ms', 'loaded p50 ms', 'loaded p99 ms', 'KB'],
    rows,
    notes: [
      'A flush of a window closes it the first time; when its turn comes again the window is empty.',
      `\`where\` reads the log from two minutes before a file was written. Where the file is gone nothing tells when that was, so all ${(events / 2).toLocaleString('en')} events of the partition are read.`,
    ],
  };
}
