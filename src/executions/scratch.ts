import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders for the temporary files of steps, each named by the process that uses it. */
const NAME = /^spillway-step-(\d+)-/;

/** A new empty folder of this process in `parent`, which is made if missing. */
export async function makeScratch(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, `spillway-step-${process.pid}-`));
}

/**
 * Removes what processes left in `parent` that are no more. Lambda keeps `/tmp` when it begins anew after a timeout
 * (Lambda developer guide, execution environment), and what a killed step left there would fill it.
 *
 * To be called before this process makes a folder: in a new process, what bears its own number is left over too.
 * Never rejects; what cannot be removed stays.
 */
export async function clearAbandoned(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  const abandoned = names.filter((name) => {
    const owner = Number(NAME.exec(name)?.[1]);
    return Number.isSafeInteger(owner) && (owner === process.pid || !isRunning(owner));
  });
  const removals = abandoned.map((name) => rm(join(parent, name), { recursive: true, force: true }));
  await Promise.allSettled(removals);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
