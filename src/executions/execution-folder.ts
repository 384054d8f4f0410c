import { existsSync, readdirSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { guarded } from '../objects/folder-errors.ts';
import type { ExecutionState, TraceEntry } from './executions.ts';
import type { Notification } from './notification.ts';

/** An execution as kept on disk. */
export interface KeptExecution extends ExecutionState {
  name: string;
  pipeline: string;
  /** JSON text. */
  input: string;
  /** How often it was begun again because the process before it died. */
  restarts: number;
  notifications: Notification[];
}

export interface KeptTrace {
  entries: TraceEntry[];
  dropped: number;
}

/**
 * Executions as files: `running/<name>.json` from the start of an execution until its end was reported,
 * `ended/<name>.json` and `ended/<name>.trace.json` from its end. Files appear whole: written beside, synced,
 * renamed. One process uses the folder at a time; its home holds the lock.
 */
export interface ExecutionFolder {
  /** The execution, ended or not, or null. */
  find(name: string): Promise<KeptExecution | null>;
  trace(name: string): Promise<KeptTrace | null>;
  begin(execution: KeptExecution): Promise<void>;
  end(execution: KeptExecution, trace: KeptTrace): Promise<void>;
  /** Forgets that the end still has to be reported. */
  reported(name: string): Promise<void>;
  /** Names of executions that did not end, or whose end was not reported. */
  unfinished(): Promise<string[]>;
  /** What lies in the scratch folder. */
  scratchNames(): string[];
  removeScratch(names: readonly string[]): Promise<void>;
}

export function executionFolder(folder: string): ExecutionFolder {
  const running = (name: string) => join(folder, 'running', `${name}.json`);
  const ended = (name: string) => join(folder, 'ended', `${name}.json`);
  const scratch = scratchFolder(folder);
  const traceFile = (name: string) => join(folder, 'ended', `${name}.trace.json`);

  return {
    async find(name) {
      return (await readJson<KeptExecution>(ended(name))) ?? (await readJson<KeptExecution>(running(name)));
    },
    trace: (name) => readJson<KeptTrace>(traceFile(name)),
    begin: (execution) => writeJson(running(execution.name), execution),
    async end(execution, trace) {
      // The trace first: whoever sees that an execution ended can read all of it.
      await writeJson(traceFile(execution.name), trace);
      await writeJson(ended(execution.name), execution);
    },
    reported: (name) => rm(running(name), { force: true }),
    async unfinished() {
      await mkdir(join(folder, 'running'), { recursive: true });
      const files = await readdir(join(folder, 'running'));
      return files
        .filter((file) => file.endsWith('.json'))
        .map((file) => file.slice(0, -'.json'.length))
        .toSorted();
    },
    scratchNames: () => (existsSync(scratch) ? readdirSync(scratch) : []),
    async removeScratch(names) {
      for (const name of names) await rm(join(scratch, name), { recursive: true, force: true });
    },
  };
}

/** Where steps keep what they need while they run. */
export function scratchFolder(folder: string): string {
  return join(folder, 'scratch');
}

/** A kept execution cannot be read: its file was damaged. Nothing is guessed. */
export class ExecutionFileError extends Error {
  override readonly name = 'ExecutionFileError';
  readonly file: string;

  constructor(file: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`The kept execution ${file} cannot be read: ${reason}. Restore the file or remove it.`, { cause });
    this.file = file;
  }
}

async function readJson<Kept>(file: string): Promise<Kept | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ExecutionFileError(file, error);
  }
}

/** @throws ObjectStoreError which names the file and says what to do. */
async function writeJson(file: string, value: unknown): Promise<void> {
  await guarded('write', file, () => replace(file, JSON.stringify(value)));
}

async function replace(file: string, content: string): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true });
  const partial = `${file}.partial`;
  const handle = await open(partial, 'w');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(partial, file);
}
