import { execFile } from 'node:child_process';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const FOLDER = join(import.meta.dirname, 'ministack');
/** Beside the packages of npm: ignored by git, and gone with them. */
const ENVIRONMENT = join(import.meta.dirname, '../../node_modules/.cache/spillway/ministack-1.5.33');
const INSTALL_MS_MAX = 300_000;

/** There is no Python that could run the emulator. */
export class PythonMissingError extends Error {
  override readonly name = 'PythonMissingError';

  constructor(cause: unknown) {
    super(
      'python3 with the module venv was not found. The end-to-end tests run AWS in an emulator written in Python: ' +
        'install Python 3.10 or newer (on Debian also python3-venv).',
      { cause },
    );
  }
}

/**
 * The Python that has the emulator at its pinned version, installed on the first call: about 15 s, 90 MB from PyPI.
 * SPILLWAY_MINISTACK_PYTHON names one that has it already.
 * @throws PythonMissingError
 */
export async function emulatorPython(): Promise<string> {
  const given = process.env.SPILLWAY_MINISTACK_PYTHON;
  if (given) return given;
  const python = join(ENVIRONMENT, 'bin', 'python');
  if (await exists(python)) return python;
  // Not moved into place before it is whole: an install that was interrupted must not look like one.
  const draft = `${ENVIRONMENT}.${process.pid}`;
  await mkdir(dirname(draft), { recursive: true });
  try {
    await run('python3', ['-m', 'venv', draft]).catch((error: unknown) => {
      throw new PythonMissingError(error);
    });
    await install(join(draft, 'bin', 'python'));
    await rename(draft, ENVIRONMENT).catch(async (error: unknown) => {
      // Somebody else was faster.
      if (!(await exists(python))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return python;
}

async function install(python: string): Promise<void> {
  const requirements = join(FOLDER, 'requirements.txt');
  const args = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--requirement',
    requirements,
  ];
  await run(python, args, { timeout: INSTALL_MS_MAX });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
