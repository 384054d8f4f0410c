import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What is measured, and what measures. */
const MEASURING = ['src', 'pipelines', 'bench'];
const MEASURED = ['src', 'pipelines'];

/** Follows a commit whose files had been changed. */
export const CHANGED = '+';

/** The short hash of the commit, with a {@link CHANGED} where its files were changed; undefined without git. */
export async function commitNow(): Promise<string | undefined> {
  try {
    const { stdout: commit } = await git('rev-parse', '--short', 'HEAD');
    const { stdout: changes } = await git('status', '--porcelain', '--', ...MEASURING);
    return commit.trim() + (changes.trim() === '' ? '' : CHANGED);
  } catch {
    return undefined;
  }
}

/** Whether what is measured is now what it was at a commit. */
export async function isAsAt(commit: string): Promise<boolean> {
  try {
    await git('diff', '--quiet', commit, '--', ...MEASURED);
    const { stdout: added } = await git('ls-files', '--others', '--exclude-standard', '--', ...MEASURED);
    return added.trim() === '';
  } catch {
    return false;
  }
}

function git(...args: string[]) {
  return run('git', args, { cwd: new URL('../', import.meta.url) });
}
