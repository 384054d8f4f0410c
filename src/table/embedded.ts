import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { WorkerInput, WorkerReport } from './embedded-worker.ts';
import { FolderInUseError, FolderUnwritableError, TableCorruptError, TableStoppedError } from './errors.ts';
import type { Table } from './items.ts';
import { type FolderLock, lockFolder } from './lock.ts';
import { ensureTable } from './schema.ts';
import { breakSeal, sealDatabase } from './seal.ts';

export interface EmbeddedTableOptions {
  /** Where the table is kept; created if needed. Without it the table lives in memory, for tests. */
  folder?: string;
  /** Its name. Default `spillway`. */
  table?: string;
  /** Called at most once, when the table stops by itself while in use. Every request fails from then on. */
  onStopped?: (error: TableStoppedError) => void;
  /** ms that opening the database may take. Default 30,000. */
  openMs?: number;
}

export interface EmbeddedTable extends Table {
  /** Ends the table in order. Requests still under way may fail. */
  close(): Promise<void>;
}

/**
 * DynamoDB on this machine: dynalite (LevelDB) in a thread of this process, listening on 127.0.0.1 only.
 *
 * What was acknowledged survives the end of the process, `kill -9` included, because it was handed to the system
 * by then. It need not survive a power loss: dynalite does not force writes to the disk (no fsync).
 *
 * @throws FolderInUseError when a living process holds the folder.
 * @throws FolderUnwritableError when the folder cannot be made or written to.
 * @throws TableCorruptError when the database in it is damaged or incomplete; nothing is written then.
 */
export async function openEmbeddedTable(options: EmbeddedTableOptions = {}): Promise<EmbeddedTable> {
  if (options.folder === undefined) return startServer(options, null);
  const folder = resolve(options.folder);
  const lock = await lockFolder(folder);
  const database = join(folder, 'database');
  const seal = join(folder, 'seal');
  try {
    await mkdir(database, { recursive: true });
    await breakSeal(database, seal);
    const server = await startServer(options, database);
    return { ...server, close: once(() => closeFolder(server, database, seal, lock)) };
  } catch (error) {
    await lock.release();
    throw isSystemError(error) ? new FolderUnwritableError(folder, error) : error;
  }
}

async function closeFolder(
  server: EmbeddedTable,
  database: string,
  seal: string,
  lock: FolderLock,
): Promise<void> {
  try {
    await server.close();
    await sealDatabase(database, seal);
  } finally {
    await lock.release();
  }
}

async function startServer(options: EmbeddedTableOptions, database: string | null): Promise<EmbeddedTable> {
  const { table = 'spillway', openMs = 30_000 } = options;
  const input: WorkerInput = { database, openMs };
  const worker = new Worker(new URL('./embedded-worker.ts', import.meta.url), {
    workerData: input,
    execArgv: [],
  });
  const place = options.folder ?? 'memory';
  let port: number;
  try {
    port = await listening(worker, place);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  let closing = false;
  worker.once('error', (cause) => {
    if (!closing) options.onStopped?.(new TableStoppedError(place, cause));
  });
  const client = clientOf(port);
  const close = once(async () => {
    closing = true;
    client.destroy();
    await closed(worker);
    await worker.terminate();
  });
  try {
    await ensureTable({ client, table });
  } catch (error) {
    await close();
    throw error;
  }
  return { client, table, close };
}

/** Resolves with the port once the thread serves the table. */
function listening(worker: Worker, folder: string): Promise<number> {
  const { promise, resolve: settle, reject } = Promise.withResolvers<number>();
  worker.once('message', (report: WorkerReport) => {
    if (report.kind === 'listening') settle(report.port);
    else if (report.kind === 'refused') reject(refusalError(folder, report));
  });
  worker.once('error', reject);
  return promise.finally(() => worker.removeListener('error', reject));
}

function refusalError(folder: string, { why, detail }: Extract<WorkerReport, { kind: 'refused' }>): Error {
  if (why === 'locked') return new FolderInUseError(folder, null);
  if (why === 'unwritable') return new FolderUnwritableError(folder, detail);
  return new TableCorruptError(detail);
}

/** Resolves when the thread has closed the database, or is gone. */
function closed(worker: Worker): Promise<void> {
  const { promise, resolve: settle } = Promise.withResolvers<void>();
  worker.once('message', () => settle());
  worker.once('exit', () => settle());
  worker.postMessage('close');
  return promise;
}

/** dynalite asks for credentials and a region, and accepts any. */
function clientOf(port: number): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 30_000 },
  });
}

function once<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let result: Promise<Result> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
