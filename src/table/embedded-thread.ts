import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { WorkerInput, WorkerReport } from './embedded-worker.ts';
import { FolderInUseError, FolderUnwritableError, TableCorruptError, TableStoppedError } from './errors.ts';

/** A thread that loads what the embedded table needs, and has opened nothing yet. It keeps no process alive. */
export interface TableThread {
  /**
   * Opens a database and serves it; once.
   *
   * @throws FolderInUseError, FolderUnwritableError, TableCorruptError, TableStoppedError
   */
  open(input: WorkerInput, told: Told): Promise<ServedTable>;
}

interface Told {
  /** Named in errors. */
  folder: string;
  /** Called at most once, when the thread stops by itself after it was opened. */
  onStopped?: ((error: TableStoppedError) => void) | undefined;
}

export interface ServedTable {
  /** Of 127.0.0.1. */
  port: number;
  /** Resolves with whether the database was closed in order. */
  end(): Promise<boolean>;
}

/** What V8 may let lie before it clears up in the thread. Its own choice on a large machine is several times that. */
const YOUNG_MEGABYTES = 24;

/** Loading takes a fifth of a second, so it is begun before it is known what to open. */
export function loadTableThread(): TableThread {
  const worker = new Worker(new URL('./embedded-worker.ts', import.meta.url), {
    env: environment(),
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
  });
  worker.unref();
  const stopped = Promise.withResolvers<unknown>();
  worker.on('error', stopped.resolve);
  worker.on('exit', () => stopped.resolve('its thread ended'));
  return { open: (input, told) => openIn(worker, stopped.promise, input, told) };
}

async function openIn(
  worker: Worker,
  stopped: Promise<unknown>,
  input: WorkerInput,
  { folder, onStopped }: Told,
): Promise<ServedTable> {
  const opened = Promise.withResolvers<number>();
  const closed = Promise.withResolvers<boolean>();
  let serving = false;
  worker.on('message', (report: WorkerReport) => {
    if (report.kind === 'listening') opened.resolve(report.port);
    else if (report.kind === 'refused') opened.reject(refusalError(folder, report));
    else closed.resolve(true);
  });
  void stopped.then((cause) => {
    const error = new TableStoppedError(folder, cause);
    opened.reject(error);
    closed.resolve(false);
    if (serving) onStopped?.(error);
  });
  worker.ref();
  worker.postMessage(input);
  try {
    const port = await opened.promise;
    serving = true;
    const end = async () => {
      serving = false;
      worker.postMessage('end');
      const inOrder = await closed.promise;
      await worker.terminate();
      return inOrder;
    };
    return { port, end };
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

/** A thread does not inherit the cache of compiled files, but for this variable. */
function environment(): NodeJS.ProcessEnv {
  const cache = getCompileCacheDir();
  // The folder of this version of Node lies in the one that was asked for.
  return cache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: dirname(cache) };
}

function refusalError(folder: string, { why, detail }: Extract<WorkerReport, { kind: 'refused' }>): Error {
  if (why === 'locked') return new FolderInUseError(folder, null);
  if (why === 'unwritable') return new FolderUnwritableError(folder, detail);
  return new TableCorruptError(detail);
}
