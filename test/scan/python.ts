import { execFile } from 'node:child_process';
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
/** Beside the packages of npm: ignored by git, and gone with them. */
const CACHE = join(import.meta.dirname, '../../node_modules/.cache/scan');
const INSTALL_MS_MAX = 480_000;

/** The scanners cannot run here. */
export class ScannersMissingError extends Error {
  override readonly name = 'ScannersMissingError';
}

/**
 * The Python that has the scanners at their pinned versions, installed on the first call: about a minute, 400 MB from
 * PyPI. SPILLWAY_SCAN_PYTHON names one that has them already.
 * @throws ScannersMissingError
 */
export async function scannersPython(): Promise<string> {
  const installed = await installedPython();
  if (installed !== undefined) return installed;
  const environment = await environmentFolder();
  // Not moved into place before it is whole: an install that was interrupted must not look like one.
  const draft = `${environment}.${process.pid}`;
  await mkdir(dirname(draft), { recursive: true });
  try {
    await createEnvironment(draft);
    await install(pythonOf(draft));
    await rename(draft, environment).catch(async (error: unknown) => {
      // Somebody else was faster.
      if (!(await exists(pythonOf(environment)))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return pythonOf(environment);
}

/** As scannersPython, but nothing is installed. */
export async function installedPython(): Promise<string | undefined> {
  const given = process.env.SPILLWAY_SCAN_PYTHON;
  if (given) return given;
  const python = pythonOf(await environmentFolder());
  return (await exists(python)) ? python : undefined;
}

/** One for each set of versions. */
async function environmentFolder(): Promise<string> {
  const pins = (await readFile(REQUIREMENTS, 'utf8')).split('\n').filter((line) => line.includes('=='));
  return join(CACHE, pins.map((pin) => pin.trim().replace('==', '-')).join('-'));
}

async function createEnvironment(folder: string): Promise<void> {
  const recent = 'import sys, venv; sys.exit(sys.version_info < (3, 10))';
  try {
    await run('python3', ['-c', recent]);
    await run('python3', ['-m', 'venv', folder]);
  } catch (cause) {
    throw new ScannersMissingError(
      'python3 of version 3.10 or newer with the module venv was not found (on Debian also install python3-venv).',
      { cause },
    );
  }
}

async function install(python: string): Promise<void> {
  const options = ['--quiet', '--disable-pip-version-check', '--requirement', REQUIREMENTS];
  try {
    await run(python, ['-m', 'pip', 'install', ...options], { timeout: INSTALL_MS_MAX });
  } catch (cause) {
    const { stderr = '' } = cause as { stderr?: string };
    const reason = stderr.trim().split('\n').at(-1) || 'it took too long';
    throw new ScannersMissingError(`pip could not install test/scan/requirements.txt: ${reason}`, { cause });
  }
}

function pythonOf(environment: string): string {
  return join(environment, 'bin', 'python');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
