import type { Cell, Section } from '../bench.ts';
import { quantile } from '../log/statistics.ts';
import { type Asking, askingOf, batchesOf, until } from './asking.ts';
import { dropAll, dropAtOnce, prepare } from './dropping.ts';
import { makePlace, type Place, type RunningServer, startServer } from './running.ts';

export interface FloodOptions {
  quick: boolean;
  say(line: string): void;
  nodeFlags?: string[];
}

/** How many files a second the server takes, and how soon a batch starts once it is full. */
export async function measureFlood({ quick, say, nodeFlags = [] }: FloodOptions): Promise<Section[]> {
  const place = await makePlace();
  const server = await startServer(place, nodeFlags);
  const asking = askingOf(server);
  try {
    const floods: Cell[][] = [];
    for (const files of quick ? [20_000] : [5_000, 20_000, 50_000]) {
      say(`${files} files at once`);
      floods.push(await flood(place, server, asking, files));
    }
    const windows = quick ? 40 : 200;
    say(`the tenth file of ${windows} windows`);
    const starts = await lastFileToStart(place, asking, windows);
    return [floodSection(floods), startSection(starts)];
  } finally {
    asking.close();
    await server.stop();
    await place.remove();
  }
}

async function flood(place: Place, server: RunningServer, asking: Asking, files: number): Promise<Cell[]> {
  const before = (await batchesOf(asking, 'flood')).length;
  const keys = Array.from({ length: files }, (_, index) => `flood/${files}/${index}.csv`);
  const prepared = await prepare(place.root, keys);
  const processor = await server.processor();
  const began = Date.now();
  const writingMs = await prepared.release();
  await until(
    () => windowsFull(asking),
    (count) => count >= before + files / 100,
    { everyMs: 250 },
  );
  const batches = (await batchesOf(asking, 'flood')).filter(({ closedAt }) => closedAt >= began);
  const counted = batches.reduce((sum, { count }) => sum + count, 0);
  const wrong = batches.filter(({ count }) => count !== 100).length;
  if (counted !== files || wrong > 0) throw new Error(`${counted} of ${files} files, ${wrong} wrong batches`);
  const seconds = (Math.max(...batches.map(({ startedAt }) => startedAt)) - began) / 1000;
  const busy = (await server.processor()) - processor;
  const { now } = await server.memory();
  return [files, writingMs / 1000, seconds, files / seconds, (busy / files) * 1e6, now];
}

/** Batches of the flood so far, by the number of the last. One small question, so that asking costs little. */
async function windowsFull(asking: Asking): Promise<number> {
  const [last] = (await asking.get<{ batches: { seq: number }[] }>('/v1/batches?route=flood&limit=1'))
    .batches;
  return last?.seq ?? 0;
}

async function lastFileToStart({ root }: Place, asking: Asking, windows: number): Promise<number[]> {
  const filled = Array.from({ length: windows * 9 }, (_, index) => `tenth/${index % windows}/${index}.csv`);
  await dropAll(root, filled);
  const open = (search: string) => asking.get<{ total: number }>(`/v1/windows?route=tenth&limit=1${search}`);
  await until(
    () => open(''),
    ({ total }) => total >= windows,
  );
  // Every window holds nine by now, or will before its tenth file is complete.
  await until(
    async () =>
      (await asking.get<{ windows: { count: number }[] }>('/v1/windows?route=tenth&sort=fill&limit=200'))
        .windows,
    (found) => found.length >= Math.min(windows, 200) && found.every(({ count }) => count === 9),
  );
  const completed = new Map<string, number>();
  for (let window = 0; window < windows; window += 1) {
    completed.set(String(window), await dropAtOnce(root, `tenth/${window}/last.csv`));
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  const batches = await until(
    () => batchesOf(asking, 'tenth'),
    (found) => found.length >= windows,
    { everyMs: 250 },
  );
  return batches.map(({ partition, startedAt }) => startedAt - (completed.get(partition) ?? Number.NaN));
}

function floodSection(rows: Cell[][]): Section {
  return {
    title: 'Files dropped all at once',
    text: 'The server runs as `spillway start`; another process renames finished files into the watched folder as fast as it can, on the same processors. Measured from before the first of them until the execution of the last batch of 100 is started; every batch is checked to hold exactly 100. The pipeline is one `Succeed` state, so that the server alone is timed.',
    head: ['files', 'renaming s', 'to the last start s', 'files/s', 'processor µs a file', 'memory MB'],
    rows,
    notes: [
      'A file counts as complete when nothing has changed it for 200 ms; that wait is part of the time.',
    ],
  };
}

function startSection(times: number[]): Section {
  return {
    title: 'From the last file of a window to the start of its execution',
    text: `${times.length} windows of ten files hold nine each; then the tenth of each is renamed into place, one every 30 ms.`,
    head: ['windows', 'p50 ms', 'p99 ms', 'longest ms'],
    rows: [[times.length, quantile(times, 0.5), quantile(times, 0.99), Math.max(...times)]],
    notes: [
      '200 ms of it is the wait in which nothing may change the file, and up to 20 ms a wait for company.',
    ],
  };
}
