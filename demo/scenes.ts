import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Announcement } from '../src/announcements/announcements.ts';
import type { Client } from '../src/cli/client/client.ts';
import { askFlush, askTrace } from '../src/cli/client/endpoints.ts';
import { durationText } from '../src/cli/text/time.ts';
import type { Stage } from './stage.ts';
import type { Watching } from './watching.ts';
import type { WeeklyFile } from './weather.ts';

/** Where the scenes play. */
export interface Scenery {
  root: string;
  stage: Stage;
  watching: Watching;
  client: Client;
  /** Complains, and makes the demo fail in the end. */
  expect(holds: boolean, otherwise: string): void;
}

/** A human pace for files to arrive at (ms apart). */
const PACE_MS = 20;

/** A file arrives whole: written beside its bucket, then renamed into place. */
export async function put(root: string, key: string, content: string): Promise<void> {
  const path = join(root, 'landing', key);
  const draft = join(root, '.spillway', 'tmp', `draft-${key.replaceAll('/', '-')}`);
  await mkdir(dirname(path), { recursive: true });
  await mkdir(dirname(draft), { recursive: true });
  await writeFile(draft, content);
  await rename(draft, path);
}

/** Files arrive one after the other, and the window fills; ends when all of them are counted. */
export async function arrive(scenery: Scenery, files: WeeklyFile[], count: number): Promise<void> {
  const { root, stage, watching } = scenery;
  let counted = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const quiet = watching.onCommit('weather', ({ events, open }) => {
    counted += events;
    stage.bar('weather', open?.count ?? count, count, open ? 'files in the window' : 'full');
    if (counted >= files.length) resolve();
  });
  for (const { name, content } of files) {
    await put(root, `weather/${name}`, content);
    await sleep(PACE_MS);
  }
  await promise;
  quiet();
  stage.endBar();
}

export async function sceneCount(scenery: Scenery, files: WeeklyFile[]): Promise<void> {
  const { stage, watching, expect } = scenery;
  stage.heading('1  A hundred files arrive: the hundredth closes the window');
  await arrive(scenery, files, 100);
  const { batch } = await watching.announced('closed', 'weather', 1);
  expect(
    batch.reason === 'count' && batch.count === 100,
    `The first batch has ${batch.count}, by ${batch.reason}.`,
  );
  await tellBatch(scenery, 1);
}

export async function sceneTime(scenery: Scenery, files: WeeklyFile[]): Promise<void> {
  const { stage, watching, expect } = scenery;
  stage.heading('2  Seventy-five more, and then nothing: the deadline closes the window');
  await arrive(scenery, files, 100);
  const closed = watching.announced('closed', 'weather', 2);
  const deadline = watching.open('weather')?.deadline ?? Date.now();
  stage.line(`  Nothing more arrives. The window closes ${durationText(deadline - Date.now())} from now.`);
  const countdown = setInterval(
    () => stage.live(`  ${durationText(Math.max(0, deadline - Date.now()))} until the deadline`),
    250,
  );
  const { batch } = await closed;
  clearInterval(countdown);
  expect(
    batch.reason === 'time' && batch.count === 75,
    `The second batch has ${batch.count}, by ${batch.reason}.`,
  );
  await tellBatch(scenery, 2);
}

export async function sceneFlush(scenery: Scenery, files: WeeklyFile[]): Promise<void> {
  const { stage, client, expect } = scenery;
  stage.heading('3  The last thirty-four, released by hand');
  await arrive(scenery, files, 100);
  stage.line(['dim', '  POST /v1/flushes { "route": "weather" }']);
  const { partitions } = await askFlush(client, { route: 'weather', flushId: 'demo', who: 'npm run demo' });
  const [flushed] = partitions;
  expect(
    flushed?.outcome === 'closed' && flushed.count === 34,
    `The flush answered ${JSON.stringify(flushed)}.`,
  );
  await tellBatch(scenery, 3);
}

export async function sceneTrouble(scenery: Scenery, [good, flaky]: WeeklyFile[]): Promise<void> {
  const { root, stage, watching, client, expect } = scenery;
  stage.heading('4  Trouble: one wrong extension, one broken header, one step that fails twice');
  await put(root, 'trouble/good.csv', good?.content ?? '');
  await put(root, 'trouble/flaky.csv', flaky?.content ?? '');
  await put(root, 'trouble/broken.csv', 'date,rain,hot,cold\n2012-01-01,1,2,3\n');
  await put(root, 'trouble/notes.txt', 'Ask Ada about the gauge.\n');
  const { batch } = await watching.announced('closed', 'trouble', 1);
  stage.line('  The window of route trouble is full with 4 files.');
  const ended = await watching.announced('ended', 'trouble', 1);
  const { entries } = await askTrace(client, batch.id, { limit: 200 });
  for (const { kind, path, state, error, cause, attempt } of entries) {
    if (kind === 'failed')
      stage.line('  ', ['yellow', 'failed '], ` ${path} ${state}: ${error}: ${messageOf(cause)}`);
    if (kind === 'retried') stage.line('  ', ['cyan', 'retried'], ` ${path} ${state}, attempt ${attempt}`);
  }
  const retries = entries.filter(({ kind }) => kind === 'retried').length;
  expect(retries === 2, `${retries} retries were seen, expected 2.`);
  expect(ended.type === 'Execution Failed', 'The execution did not end in failure.');
  tellEnd(scenery, ended);
}

/** A step's failure travels as Lambda reports it: JSON with an errorMessage. */
function messageOf(cause = ''): string {
  return /"errorMessage":"((?:[^"\\]|\\.)*)"/.exec(cause)?.[1] ?? cause;
}

async function tellBatch({ stage, watching, expect }: Scenery, seq: number): Promise<void> {
  const { batch } = await watching.announced('closed', 'weather', seq);
  const why = batch.reason === 'time' ? `, ${batch.latenessMs} ms after its deadline` : '';
  stage.line('  ', ['green', '✓'], ` closed by ${batch.reason} with ${batch.count} files${why}`);
  const ended = await watching.announced('ended', 'weather', seq);
  tellEnd({ stage }, ended);
  expect(ended.type === 'Execution Succeeded', `Batch ${batch.id} failed: ${ended.cause ?? ended.error}.`);
}

function tellEnd({ stage }: Pick<Scenery, 'stage'>, { type, batch, error }: Announcement): void {
  if (type === 'Execution Succeeded') stage.line('  ', ['green', '✓'], ` execution ${batch.id} succeeded`);
  else stage.line('  ', ['red', '✗'], ` execution ${batch.id} failed: ${error}`);
}
