import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BatchRow } from '../src/api/schemas.ts';
import { createClient } from '../src/cli/client/client.ts';
import { askBatches } from '../src/cli/client/endpoints.ts';
import { tokenFrom } from '../src/cli/client/token.ts';
import { type Column, table } from '../src/cli/text/table.ts';
import type { Notification } from '../src/executions/notification.ts';
import { type LocalHome, startLocal } from '../src/local.ts';
import { type Proof, proveWeather } from './proof.ts';
import { type Scenery, sceneCount, sceneFlush, sceneTime, sceneTrouble } from './scenes.ts';
import { createStage, type Stage } from './stage.ts';
import { watchHome } from './watching.ts';
import { WEATHER_ROWS, weeklyFiles } from './weather.ts';

/** The main job on real files, in one process and without an account; exits 1 if anything was not as promised. */
async function demo(): Promise<boolean> {
  const stage = createStage(process.stdout, process.env);
  const folder = await mkdtemp(join(tmpdir(), 'spillway-demo-'));
  const root = join(folder, 'data');
  const wrong: string[] = [];
  const notifications: Notification[] = [];
  stage.line(['bold', 'Spillway'], ' holds back S3 events and releases them as one execution.');
  stage.line(
    `209 weekly CSV files of Seattle's weather, ${WEATHER_ROWS} days, go into ${root}/landing/weather.`,
  );
  stage.line('The route closes a window at 100 files or after 10 seconds, whichever comes first.');

  const home = await startLocal({
    root,
    routesFile: fileURLToPath(new URL('./routes.yml', import.meta.url)),
    pipelinesFolder: fileURLToPath(new URL('../pipelines', import.meta.url)),
    port: 0,
    onNotification: (notification) => notifications.push(notification),
    onProblem: (error) => wrong.push(error.message),
  });
  try {
    const scenery = sceneryOf(home, root, stage, wrong);
    const files = await weeklyFiles();
    await sceneCount(scenery, files.slice(0, 100));
    await sceneTime(scenery, files.slice(100, 175));
    await sceneFlush(scenery, files.slice(175));
    await sceneTrouble(scenery, files.slice(0, 2));
    tellNotifications(scenery, notifications);
    await close(scenery);
  } finally {
    await home.stop();
  }
  for (const sentence of wrong) stage.line(['red', `Not as promised: ${sentence}`]);
  tellNext(stage, root);
  return wrong.length === 0;
}

function sceneryOf(home: LocalHome, root: string, stage: Stage, wrong: string[]): Scenery {
  return {
    root,
    stage,
    watching: watchHome(home),
    client: createClient({ url: home.url, authorize: tokenFrom(join(root, '.spillway', 'token')) }),
    expect: (holds, otherwise) => void (holds || wrong.push(otherwise)),
  };
}

function tellNotifications({ stage, expect }: Scenery, notifications: Notification[]): void {
  const [notification] = notifications;
  expect(notifications.length === 1, `${notifications.length} notifications were sent, expected 1.`);
  if (!notification) return;
  stage.line('  One notification:');
  stage.line(['bold', `    ${notification.subject}`]);
  for (const text of notification.message.trimEnd().split('\n')) stage.line(`    ${text}`);
  for (const bad of ['broken.csv', 'notes.txt']) {
    expect(notification.message.includes(bad), `The notification does not name ${bad}.`);
  }
  for (const good of ['good.csv', 'flaky.csv']) {
    expect(!notification.message.includes(good), `The notification names ${good}, which was processed.`);
  }
}

/** The table of the batches, and what reading the results back proves. */
async function close({ root, stage, client, expect }: Scenery): Promise<void> {
  const proof = await proveWeather(join(root, 'curated'));
  const { batches } = await askBatches(client, { limit: 10 });
  stage.heading('The batches');
  for (const text of table(batches.toReversed(), columnsOf(proof), stage)) stage.line(`  ${text}`);
  expect(batches.length === 4, `There are ${batches.length} batches, expected 4.`);
  expect(proof.rows === WEATHER_ROWS, `${proof.rows} rows came out.`);
  expect(proof.differing === 0, `${proof.differing} rows differ from the source.`);
  const outputs = await readdir(join(root, 'curated', 'weather'), { recursive: true });
  const count = outputs.filter((file) => file.endsWith('.parquet')).length;
  stage.line('');
  stage.line(
    `Read back: ${WEATHER_ROWS} rows went in as 209 CSV files, ${proof.rows} came out in ${count} Parquet files, ` +
      `${proof.differing} differ.`,
  );
}

function columnsOf({ perBatch }: Proof): Column<BatchRow>[] {
  return [
    { title: 'batch', value: ({ id }) => id, rank: 0, shrinkTo: 16, cut: 'middle' },
    { title: 'reason', value: ({ reason }) => reason, rank: 0 },
    { title: 'events', value: ({ count }) => String(count), rank: 0, align: 'right' },
    { title: 'rows', value: ({ id }) => String(perBatch.get(id) ?? 0), rank: 0, align: 'right' },
    { title: 'lateness', value: ({ latenessMs }) => `${latenessMs} ms`, rank: 2, align: 'right' },
    {
      title: 'execution',
      value: ({ status }) => status,
      style: ({ status }) => (status === 'succeeded' ? 'green' : 'red'),
      rank: 0,
    },
    { title: 'duration', value: durationOf, rank: 1, align: 'right' },
  ];
}

function durationOf({ startedAt, endedAt }: BatchRow): string {
  return startedAt && endedAt ? `${Date.parse(endedAt) - Date.parse(startedAt)} ms` : '';
}

function tellNext(stage: Stage, root: string): void {
  stage.line('');
  stage.line(`The Parquet files lie in ${join(root, 'curated')}. Next:`);
  stage.line(
    '  npm start                     watches ./data as routes.yml says; the API is at http://127.0.0.1:4280',
  );
  stage.line('  npx spillway put demo/data/seattle-weather.csv --n 25 --to s3://landing/chapter10/');
  stage.line('  npx spillway windows          what is open; then: why sales, flush sales, batches');
}

process.exitCode = (await demo()) ? 0 : 1;
