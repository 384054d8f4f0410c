import { type Cli, clientOf } from './cli.ts';
import type { Client } from './client/client.ts';
import { askWhere } from './client/endpoints.ts';
import { EXIT } from './exit-codes.ts';
import type { Printer } from './printer.ts';
import { batchProgress } from './progress.ts';
import type { PutObject } from './putting.ts';
import type { GlobalOptions } from './settings.ts';
import { counted } from './text/time.ts';
import { hasFailed } from './views/status.ts';
import { waitForBatches } from './wait.ts';

const LOOK_EVERY_MS = 500;
const ASKED_AT_ONCE_MAX = 8;

/**
 * Waits until every file is in a batch and every such batch has ended, or the timeout has passed; shows the batches
 * and sets the exit code. A file that no route matches will never be in one and is not waited for.
 */
export async function waitForFiles(task: {
  cli: Cli;
  printer: Printer;
  options: GlobalOptions & { timeout: number };
  files: readonly PutObject[];
}): Promise<void> {
  const { cli, printer, options, files } = task;
  const client = await clientOf(cli, options);
  const until = cli.now() + options.timeout;
  const places = await placesOf(client, files, { now: cli.now, until });
  const ids = [...new Set([...places.values()].flatMap(({ batch }) => batch ?? []))];
  const waited = await waitForBatches({
    client,
    ids,
    timeoutMs: Math.max(0, until - cli.now()),
    now: cli.now,
    onLook: batchProgress(printer, cli.now),
    talk: (text) => printer.talk(text),
  });
  const rest = [...places.values()].filter(({ batch }) => batch === undefined);
  const waiting = rest.filter(({ final }) => !final).length;
  const timedOut = waited.timedOut || waiting > 0;
  if (printer.json)
    printer.document({ schemaVersion: 1, files: documentOf(files, places), waited: { ...waited, timedOut } });
  if (waiting > 0)
    printer.talk(`${counted(waiting, 'file')} not in a batch yet. Ask "spillway why <route>".`);
  const outside = rest.length - waiting;
  if (outside > 0)
    printer.talk(['yellow', `${counted(outside, 'file')} will never be in a batch: no route matches.`]);
  if (timedOut) cli.setExitCode(EXIT.declined);
  else if (waited.batches.some(({ status }) => hasFailed(status))) cli.setExitCode(EXIT.batchFailed);
}

interface FilePlace {
  batch?: string;
  /** Nothing more will happen to it. */
  final: boolean;
}

async function placesOf(
  client: Client,
  files: readonly PutObject[],
  { now, until }: { now: () => number; until: number },
): Promise<Map<PutObject, FilePlace>> {
  const places = new Map<PutObject, FilePlace>(files.map((file) => [file, { final: false }]));
  while (true) {
    const open = files.filter((file) => places.get(file)?.final === false);
    for (let start = 0; start < open.length; start += ASKED_AT_ONCE_MAX) {
      const some = open.slice(start, start + ASKED_AT_ONCE_MAX);
      await Promise.all(some.map(async (file) => places.set(file, await placeOf(client, file))));
    }
    if ([...places.values()].every(({ final }) => final) || now() >= until) return places;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** Where this write of the file is; the key may have been written before. */
async function placeOf(client: Client, { bucket, key, etag }: PutObject): Promise<FilePlace> {
  const { state, writes } = await askWhere(client, { bucket, key });
  const batch = writes
    .find((write) => write.etag === etag)
    ?.hops.find((hop) => hop.batch !== undefined)?.batch;
  if (batch !== undefined) return { batch, final: true };
  return { final: state === 'unrouted' || state === 'ignored' };
}

function documentOf(files: readonly PutObject[], places: Map<PutObject, FilePlace>) {
  return files.map((file) => {
    const batch = places.get(file)?.batch;
    return batch === undefined ? { ...file } : { ...file, batch };
  });
}
