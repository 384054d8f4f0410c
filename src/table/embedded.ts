import { join, resolve } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { tableClient } from './client.ts';
import { loadTableThread, type TableThread } from './embedded-thread.ts';
import type { WorkerInput } from './embedded-worker.ts';
import { FolderUnwritableError, type TableStoppedError } from './errors.ts';
import type { Table } from './items.ts';
import { lockFolder, makeFolder } from './lock.ts';
import { ensureTable } from './schema.ts';
import { sealDatabase } from './seal.ts';

export interface EmbeddedTableOptions {
  /** Where the table is kept; created if needed. Without it the table lives in memory, for tests. */
  folder?: string;
  /** Its name. Default `spillway`. */
  table?: string;
  /** Called at most once, when the table stops by itself while in use. Every request fails from then on. */
  onStopped?: (error: TableStoppedError) => void;
  /** ms that opening the database may take. Default 30,000. */
  openMs?: number;
  /** One that loads already; by default it is begun here. */
  thread?: TableThread;
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
 * @throws TableCorruptError when the database in it is damaged or incomplete; it is not repaired or started afresh.
 * @throws TableStoppedError when the database fails while it opens.
 */
export async function openEmbeddedTable(options: EmbeddedTableOptions = {}): Promise<EmbeddedTable> {
  if (options.folder === undefined) {
    return tableOf(await startServer(options, { database: null, seal: '' }), async () => undefined);
  }
  const folder = resolve(options.folder);
  const lock = await lockFolder(folder);
  const database = join(folder, 'database');
  const seal = join(folder, 'seal');
  try {
    await makeFolder(database);
    const server = await startServer({ ...options, folder }, { database, seal });
    return tableOf(server, async (inOrder) => {
      // Without a seal the next opening takes the database for one that a crash has left.
      if (inOrder) await sealDatabase(database, seal).catch(() => undefined);
      await lock.release();
    });
  } catch (error) {
    await lock.release();
    throw isSystemError(error) ? new FolderUnwritableError(folder, error) : error;
  }
}

function tableOf({ client, table, end }: Server, ended: (inOrder: boolean) => Promise<void>): EmbeddedTable {
  return { client, table, close: once(async () => ended(await end())) };
}

/** The server, before a folder is wrapped around it. */
interface Server extends Table {
  /** Resolves with whether the database was closed in order. */
  end(): Promise<boolean>;
}

async function startServer(
  options: EmbeddedTableOptions,
  files: Pick<WorkerInput, 'database' | 'seal'>,
): Promise<Server> {
  const { folder = 'memory', table = 'spillway', openMs = 30_000, onStopped } = options;
  const { thread = loadTableThread() } = options;
  const served = await thread.open({ ...files, openMs, table }, { folder, onStopped });
  const client = clientOf(served.port);
  const end = once(() => {
    client.destroy();
    return served.end();
  });
  try {
    await ensureTable({ client, table });
  } catch (error) {
    await end();
    throw error;
  }
  return { client, table, end };
}

/** dynalite asks for credentials and a region, and accepts any. */
function clientOf(port: number): DynamoDBClient {
  return tableClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
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
