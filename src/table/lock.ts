import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { FolderInUseError, FolderUnwritableError } from './errors.ts';

/** Who holds a folder. Pids are used again, so boot and start time tell two processes with one pid apart. */
interface Holder {
  pid: number;
  /** Null where the system does not tell (no /proc). */
  boot: string | null;
  /** Clock ticks from boot to the start of the process; null where the system does not tell. */
  started: string | null;
}

export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Takes a folder for this process, creating it if needed, by a file `lock` in it. A lock whose process is gone
 * is taken over.
 * @throws FolderInUseError when a living process holds the folder.
 * @throws FolderUnwritableError when the folder or the file cannot be made.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const file = join(folder, 'lock');
  const { pid, boot, started } = await holderOf(process.pid);
  const own = JSON.stringify({ pid, boot, started } satisfies Holder);
  const draft = `${file}.${process.pid}.${randomUUID()}`;
  try {
    await makeFolder(folder);
    await writeFile(draft, own);
  } catch (cause) {
    throw new FolderUnwritableError(folder, cause);
  }
  try {
    await takeLock(folder, file, draft);
  } finally {
    await rm(draft, { force: true });
  }
  return { release: () => releaseLock(file, own) };
}

/** Makes a folder and those above it. Not `mkdir` with `recursive`: on file systems that allow no folders (/proc) that never ends. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (cause) {
    if (hasCode(cause, 'EEXIST')) return;
    if (!hasCode(cause, 'ENOENT') || dirname(folder) === folder) throw cause;
    await makeFolder(dirname(folder));
    await mkdir(folder).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error;
    });
  }
}

/** A link appears at once with its whole content, and only if there is none: of many takers one succeeds. */
async function takeLock(folder: string, file: string, draft: string): Promise<void> {
  for (;;) {
    try {
      return await link(draft, file);
    } catch (cause) {
      if (!hasCode(cause, 'EEXIST')) throw new FolderUnwritableError(folder, cause);
    }
    const found = await contentOf(file);
    if (found === null) continue;
    const pid = await livingHolder(found);
    if (pid !== null) throw new FolderInUseError(folder, pid);
    await removeDead(file, found, draft);
  }
}

/** ms after which whoever removes a dead lock is taken for dead itself; it needs a few. */
const REMOVAL_MS_MAX = 5_000;

/**
 * Removes a dead process's lock. Only one taker may do so at a time, and only after looking again: otherwise a
 * slow one would remove the lock that a quicker one has put there meanwhile.
 */
async function removeDead(file: string, dead: string, draft: string): Promise<void> {
  const turn = `${file}.removal`;
  try {
    await link(draft, turn);
  } catch (cause) {
    if (!hasCode(cause, 'EEXIST')) throw cause;
    const { mtimeMs } = await stat(turn).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > REMOVAL_MS_MAX) await rm(turn, { force: true });
    await setTimeout(20);
    return;
  }
  try {
    if ((await contentOf(file)) === dead) await rm(file, { force: true });
  } finally {
    await rm(turn, { force: true });
  }
}

async function releaseLock(file: string, own: string): Promise<void> {
  if ((await contentOf(file)) === own) await rm(file, { force: true });
}

async function contentOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return null;
    throw cause;
  }
}

/** The pid in a lock if that very process still lives; null for a dead one and for a file that is no lock. */
async function livingHolder(content: string): Promise<number | null> {
  const holder = parseHolder(content);
  if (holder === null || !isAlive(holder.pid)) return null;
  const now = await holderOf(holder.pid);
  if (now.ended) return null;
  const same = (then: string | null, today: string | null) =>
    then === null || today === null || then === today;
  return same(holder.boot, now.boot) && same(holder.started, now.started) ? holder.pid : null;
}

function parseHolder(content: string): Holder | null {
  try {
    const { pid, boot, started } = JSON.parse(content) as Partial<Holder>;
    if (!Number.isSafeInteger(pid) || pid === undefined || pid < 1) return null;
    return { pid, boot: boot ?? null, started: started ?? null };
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (cause) {
    // It lives, but belongs to another user.
    return hasCode(cause, 'EPERM');
  }
}

/** A process as the system shows it. `ended`: it is a zombie, over but not yet waited for by its parent. */
async function holderOf(pid: number): Promise<Holder & { ended: boolean }> {
  const read = (file: string) => readFile(file, 'utf8').catch(() => null);
  const boot = await read('/proc/sys/kernel/random/boot_id');
  const stat = await read(`/proc/${pid}/stat`);
  // The second field is the command in parentheses and may hold anything; behind it come the state and, as field
  // 22, the start time (proc(5)).
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return {
    pid,
    boot: boot?.trim() ?? null,
    started: fields[19] ?? null,
    ended: 'ZX'.includes(fields[0] ?? '-'),
  };
}

function hasCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code;
}
