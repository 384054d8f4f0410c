import { setTimeout as pause } from 'node:timers/promises';
import type { BatchesAnswer } from '../../src/cli/client/endpoints.ts';
import type { Cell, Section } from '../bench.ts';
import { askingOf } from './asking.ts';
import { dropAll, dropSteadily } from './dropping.ts';
import { quantile } from './figures.ts';
import type { History } from './history.ts';
import { atRest, type Place, startServer } from './running.ts';

const LOAD_PER_SECOND = 200;

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
    const calls = callsOf(id);
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

type Call = (asking: ReturnType<typeof askingOf>, turn: number) => Promise<unknown>;

function callsOf(batch: string): Map<string, Call> {
  const get = (path: string): [string, Call] => [
    `GET ${path.replace(batch, '{id}')}`,
    (asking) => asking.get(path),
  ];
  return new Map<string, Call>([
    get('/v1/health'),
    get('/v1/routes'),
    get('/v1/windows'),
    get('/v1/windows?sort=age'),
    get('/v1/windows?sort=fill'),
    get('/v1/windows?search=000123'),
    get('/v1/batches'),
    get(`/v1/batches/${batch}`),
    get(`/v1/batches/${batch}/files`),
    get(`/v1/batches/${batch}/trace`),
    get('/v1/why?route=flood'),
    get('/v1/why?route=open'),
    get('/v1/why?route=open&partition=p17'),
    get('/v1/where?uri=s3://landing/flood/17.txt'),
    get('/openapi.json'),
    ['POST /v1/flushes (empty)', (asking) => asking.post('/v1/flushes', { route: 'csv', who: 'bench' })],
    [
      'POST /v1/flushes (a window)',
      (asking, turn) =>
        asking.post('/v1/flushes', { route: 'open', partition: `p${turn % 100}`, who: 'bench' }),
    ],
  ]);
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
    notes: ['A flush of a window closes it the first time; when its turn comes again the window is empty.'],
  };
}
