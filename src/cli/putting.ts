import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { folderObjects } from '../objects/folder.ts';
import { codeOf, guarded, ObjectStoreError } from '../objects/folder-errors.ts';
import type { ObjectAddress } from '../objects/objects.ts';
import type { Configuration } from '../routes/configuration.ts';
import { nearestRoute } from '../routes/nearest-route.ts';
import type { Cli } from './cli.ts';
import type { PutOptions } from './commands/put.ts';
import { copyNames, type Destination, destinationOf } from './destination.ts';
import { FileUnreadableError, isTold, UsageError } from './errors.ts';
import type { Printer } from './printer.ts';
import { readRoutes } from './routes-file.ts';
import { rootOf } from './settings.ts';
import { counted } from './text/time.ts';

interface PutTask {
  cli: Cli;
  printer: Printer;
  options: PutOptions;
  files: readonly string[];
}

interface Copy {
  file: string;
  to: ObjectAddress;
}

/** An object as it was put. Its etag tells this write of the key from earlier ones. */
export interface PutObject extends ObjectAddress {
  etag: string;
}

/** Copies files into the root's folders, each one whole or not at all, and waits for their batches if asked to. */
export async function putFiles(task: PutTask): Promise<void> {
  const { cli, printer, options, files } = task;
  const configuration = await routesIfThere(options.routes);
  const copies = plan(files, options.n, destinationOf(options.to, configuration));
  for (const file of files) await checkReadable(file);
  const objects = await copyAll(rootOf(options, cli.env), copies);
  if (!printer.json) for (const { to } of copies) printer.rows([to], KEY_COLUMNS);
  warn(printer, copies, configuration);
  if (options.wait === true) {
    const { waitForFiles } = await import('./file-wait.ts');
    return waitForFiles({ cli, printer, options, files: objects });
  }
  if (printer.json) printer.document({ schemaVersion: 1, files: objects });
}

const KEY_COLUMNS = [
  { title: 'KEY', value: ({ bucket, key }: ObjectAddress) => `s3://${bucket}/${key}`, rank: 0 },
];

/** Two files must not end up under one key: the second would replace the first. */
function plan(files: readonly string[], copies: number, { bucket, prefix }: Destination): Copy[] {
  const planned = new Map<string, Copy>();
  for (const file of files) {
    for (const name of copyNames(file, copies)) {
      const key = `${prefix}${name}`;
      const other = planned.get(key);
      if (other !== undefined) {
        throw new UsageError(
          `${other.file} and ${file} would both become s3://${bucket}/${key}.`,
          'Put them one after the other, or to different prefixes.',
        );
      }
      planned.set(key, { file, to: { bucket, key } });
    }
  }
  return [...planned.values()];
}

/** Every file is looked at before the first is copied, so that a typing error copies nothing. */
async function checkReadable(file: string): Promise<void> {
  const found = await stat(file).catch((error: unknown) => {
    throw new FileUnreadableError(file, 'Nothing was copied.', error);
  });
  if (!found.isFile())
    throw new UsageError(`${file} is not a regular file.`, 'Name the files: folder/*.csv.');
}

/** What a copy may fail with on the side of the root, not of the file. */
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);

async function copyAll(root: string, copies: readonly Copy[]): Promise<PutObject[]> {
  const put: PutObject[] = [];
  const objects = folderObjects({ root });
  const scratch = join(root, '.spillway', 'tmp');
  await guarded('make', scratch, () => mkdir(scratch, { recursive: true }));
  for (const { file, to } of copies) {
    const temporary = join(scratch, `${process.pid}-${randomUUID()}`);
    try {
      await copyFile(file, temporary, constants.COPYFILE_FICLONE).catch((error: unknown) => {
        if (NO_ROOM.has(codeOf(error))) throw new ObjectStoreError('write', temporary, error);
        throw new FileUnreadableError(file, 'The files before it were copied.', error);
      });
      await objects.fromFile(to, temporary);
      put.push({ ...to, etag: (await objects.head(to))?.etag ?? '' });
    } finally {
      await rm(temporary, { force: true });
    }
  }
  return put;
}

/** Without a routes.yml files can be put all the same; a wrong one is the server's business. */
async function routesIfThere(file: string): Promise<Configuration | null> {
  try {
    return await readRoutes(file);
  } catch (error) {
    if (isTold(error) || (error instanceof Error && error.name === 'RoutesInvalidError')) return null;
    throw error;
  }
}

function warn(printer: Printer, copies: readonly Copy[], configuration: Configuration | null): void {
  if (configuration !== null) {
    // Copies of one file differ in a number only: one of them speaks for all.
    for (const { to } of new Map(copies.map((copy) => [copy.file, copy])).values()) {
      const nearest = nearestRoute(configuration, to);
      if (nearest !== null) {
        printer.talk(['yellow', `No route takes s3://${to.bucket}/${to.key}. ${nearest.sentence}`]);
      }
    }
  }
  const hidden = copies.filter(({ to }) => to.key.split('/').some((name) => name.startsWith('.')));
  if (hidden.length > 0) {
    printer.talk([
      'yellow',
      `${counted(hidden.length, 'file')} with a name that begins with "." will not be counted.`,
    ]);
  }
}
