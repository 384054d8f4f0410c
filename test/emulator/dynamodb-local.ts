import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort, killGroup, stopGroup } from './group.ts';

const run = promisify(execFile);

const SOURCES = join(import.meta.dirname, 'dynamodb-local');
const INSTALLED = join(import.meta.dirname, '../../node_modules/.cache/spillway/dynamodb-local-2.6.1');
const SOURCE_FILES = ['pom.xml', 'LoopbackOnly.java'];
const READY_MS_MAX = 60_000;

/** There is no Java, or no Maven to fetch DynamoDB Local with. */
export class JavaMissingError extends Error {
  override readonly name = 'JavaMissingError';

  constructor(cause: unknown) {
    super('java, javac and mvn were not found; with them the log is also tested on DynamoDB Local.', {
      cause,
    });
  }
}

/**
 * AWS's own DynamoDB Local, in memory, on 127.0.0.1 and without telemetry. Fetched from Maven Central on the first
 * call: about 50 MB. Its licence allows development and tests.
 * @throws JavaMissingError
 */
export async function startDynamodbLocal(): Promise<{ endpoint: string; stop(): Promise<void> }> {
  await install();
  const port = await freePort();
  const child = spawn(
    'java',
    [
      ...['-Djava.library.path=lib', '-Dsqlite4java.library.path=lib', '-cp', 'lib/*:.', 'LoopbackOnly'],
      ...['-inMemory', '-disableTelemetry', '-port', String(port)],
    ],
    { cwd: INSTALLED, stdio: 'ignore', detached: true },
  );
  try {
    await once(child, 'spawn');
  } catch (cause) {
    // It may have been installed while there was one.
    throw new JavaMissingError(cause);
  }
  const end = () => killGroup(child);
  process.once('exit', end);
  const stop = async () => {
    await stopGroup(child);
    process.removeListener('exit', end);
  };
  const endpoint = `http://127.0.0.1:${port}`;
  const giveUpAt = Date.now() + READY_MS_MAX;
  // It answers a request without a signature with an error, which is an answer.
  while ((await fetch(endpoint).catch(() => null)) === null) {
    if (child.exitCode !== null || Date.now() > giveUpAt) {
      await stop();
      throw new Error(`DynamoDB Local did not answer at ${endpoint}; it ended with ${child.exitCode}.`);
    }
    await pause(100);
  }
  return { endpoint, stop };
}

/** Whole, and from the sources of now. */
async function isInstalled(): Promise<boolean> {
  try {
    await access(join(INSTALLED, 'LoopbackOnly.class'));
    for (const file of SOURCE_FILES) {
      const [wanted, found] = await Promise.all(
        [SOURCES, INSTALLED].map((folder) => readFile(join(folder, file))),
      );
      if (!wanted?.equals(found ?? Buffer.alloc(0))) return false;
    }
    return true;
  } catch {
    return false;
  }
}

async function install(): Promise<void> {
  if (await isInstalled()) return;
  try {
    for (const [tool, flag] of [
      ['java', '-version'],
      ['javac', '-version'],
      ['mvn', '-version'],
    ] as const) {
      await run(tool, [flag]);
    }
  } catch (error) {
    throw new JavaMissingError(error);
  }
  const draft = `${INSTALLED}.${process.pid}`;
  await mkdir(dirname(draft), { recursive: true });
  try {
    await mkdir(draft);
    for (const file of SOURCE_FILES) await copyFile(join(SOURCES, file), join(draft, file));
    await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], { cwd: draft });
    await run('javac', ['-cp', 'lib/*', 'LoopbackOnly.java'], { cwd: draft });
    await rm(INSTALLED, { recursive: true, force: true });
    await rename(draft, INSTALLED);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
