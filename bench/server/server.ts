import { setTimeout as pause } from 'node:timers/promises';
import type { Bench, Cell, Section } from '../bench.ts';
import { askingOf, batchesOf, until } from './asking.ts';
import { dropAll, dropSteadily } from './dropping.ts';
import { quantile } from './figures.ts';
import { measureFlood } from './flood.ts';
import { makePlace, startServer } from './running.ts';
import { measureStartUp } from './start-up.ts';

const LOAD_PER_SECOND = 200;

export const server: Bench = {
  name: 'server',
  about: 'the laptop’s server from outside: files a second, answers of the API, start-up with a history',
  async run({ quick, say }): Promise<Section[]> {
    const floods = await measureFlood({ quick, say });
    const answers = await measureAnswers(quick ? 30 : 300, say);
    return [...floods, answers, await measureStartUp(quick, say)];
  },
};

/** Every call of the API, one after the other over one connection; then the same while files arrive. */
async function measureAnswers(times: number, say: (line: string) => void): Promise<Section> {
  const place = await makePlace();
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
    const batches = await until(
      () => batchesOf(asking, 'flood'),
      (found) => found.length >= 10,
    );
    const id = batches.at(-1)?.id ?? '';
    const calls = callsOf(id);
    const rows: Cell[][] = [];
    const idle = await timesOf(calls, times, asking, say, 'idle');
    const load = dropSteadily(place.root, LOAD_PER_SECOND, (file) => `flood/load/${file}.txt`);
    await pause(2_000);
    const busy = await timesOf(calls, times, asking, say, 'under load');
    await load.stop();
    for (const name of idle.keys()) rows.push([name, ...tails(idle.get(name)), ...tails(busy.get(name))]);
    return sectionOf(rows, times);
  } finally {
    asking.close();
    await running.stop();
    await place.remove();
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
    get('/v1/windows?sort=fill'),
    get('/v1/batches'),
    get(`/v1/batches/${batch}`),
    get(`/v1/batches/${batch}/files`),
    get(`/v1/batches/${batch}/trace`),
    get('/v1/why?route=flood'),
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
  const found = new Map<string, number[]>();
  for (const [name, call] of calls) {
    say(`${when}: ${name}`);
    const each: number[] = [];
    for (let turn = 0; turn < times; turn += 1) {
      const asked = performance.now();
      await call(asking, turn);
      each.push(performance.now() - asked);
    }
    found.set(name, each);
  }
  return found;
}

function tails(times: number[] = []): Cell[] {
  return [quantile(times, 0.5), quantile(times, 0.99)];
}

function sectionOf(rows: Cell[][], times: number): Section {
  return {
    title: 'How soon the API answers',
    text: `Each call ${times} times over one connection, with 100 open windows and ten batches; then again while ${LOAD_PER_SECOND} files a second arrive.`,
    head: ['call', 'idle p50 ms', 'idle p99 ms', 'loaded p50 ms', 'loaded p99 ms'],
    rows,
    notes: ['A flush of a window closes it the first time; when its turn comes again the window is empty.'],
  };
}
