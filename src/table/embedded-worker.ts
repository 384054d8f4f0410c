/**
 * The thread that the embedded table lives in. dynalite throws what it did not expect (a full disk, an entry it
 * cannot parse) out of an event handler: here that ends this thread, in the main thread it would end the process.
 */

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { parentPort } from 'node:worker_threads';
import { type Database, dynalite, Level } from './dynalite.ts';
import { TableCorruptError } from './errors.ts';
import { breakSeal } from './seal.ts';

/** What this thread tells the main one. */
export type WorkerReport =
  | { kind: 'listening'; port: number }
  | { kind: 'refused'; why: 'locked' | 'corrupt' | 'unwritable'; detail: string }
  | { kind: 'closed' };

export interface WorkerInput {
  /** The database's folder; null: in memory. */
  database: string | null;
  /** The file that vouches for it. */
  seal: string;
  /** ms that opening the database may take; with an unusable path it hangs instead of failing. */
  openMs: number;
  /** The table's name. */
  table: string;
}

if (!parentPort) throw new Error('This file is the thread of a table: see embedded-thread.ts.');
// By now all that is needed is loaded.
const [{ database, seal, openMs, table }] = (await once(parentPort, 'message')) as [WorkerInput];

const refusal = database === null ? null : await examine(database);
if (refusal === null) serve();
else tell(refusal);

function serve(): void {
  const server = dynalite({ ...(database !== null && { path: database }), createTableMs: 0 });
  // dynalite throws when a client goes away in the middle of a request. Nothing has happened by then.
  server.on('request', (request) => {
    request.removeAllListeners('error').on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1', () => {
    tell({ kind: 'listening', port: (server.address() as AddressInfo).port });
  });
  parentPort?.once('message', () => {
    server.closeAllConnections();
    server.close((error?: Error) => {
      if (error) throw error;
      tell({ kind: 'closed' });
    });
  });
}

/** Opens the database as dynalite will, because dynalite does not report what goes wrong; reads all that may be damaged. */
async function examine(path: string): Promise<WorkerReport | null> {
  try {
    const known = await breakSeal(path, seal);
    const level = new Level(path, { valueEncoding: 'buffer' });
    await within(openMs, level.open());
    if (!known) await readAll(level);
    await forgetHalfMade(level);
    await level.close();
    return null;
  } catch (error) {
    return refusalOf(error);
  }
}

async function readAll(level: Database): Promise<void> {
  const values = level.values();
  for (;;) {
    const page = await values.nextv(1000);
    if (page.length === 0) break;
    for (const value of page) JSON.parse(value.toString('utf8'));
  }
  await values.close();
}

/**
 * dynalite makes a table in two steps; one that a kill has caught in between stays CREATING and unusable for ever.
 * It has no items yet, so it is made anew.
 */
async function forgetHalfMade(level: Database): Promise<void> {
  const description = `table~${table}`;
  const stored = await level.get(description);
  if (stored === undefined) return;
  const { TableStatus: status } = JSON.parse(stored.toString('utf8')) as { TableStatus?: string };
  if (status === 'CREATING') await level.del(description);
}

function refusalOf(error: unknown): WorkerReport {
  if (error instanceof TableCorruptError) return { kind: 'refused', why: 'corrupt', detail: error.detail };
  if (error instanceof Error && 'syscall' in error)
    return { kind: 'refused', why: 'unwritable', detail: error.message };
  const { code, message } = innermost(error);
  if (code === 'LEVEL_LOCKED') return { kind: 'refused', why: 'locked', detail: message };
  const unwritable = /permission denied|read-only|no space|quota|did not open/i.test(message);
  return { kind: 'refused', why: unwritable ? 'unwritable' : 'corrupt', detail: message };
}

/** LevelDB's own error; "Database failed to open" is only its wrapping. */
function innermost(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: '', message: String(error) };
  if (error.cause instanceof Error) return innermost(error.cause);
  return { code: 'code' in error ? String(error.code) : '', message: error.message };
}

async function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`the database did not open within ${ms} ms`)), ms);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}

function tell(report: WorkerReport): void {
  parentPort?.postMessage(report);
}
