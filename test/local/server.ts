import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
/** Our pipelines; a test links to them beside its routes file. */
export const PIPELINES = fileURLToPath(new URL('../../pipelines', import.meta.url));

/** The real server in a process of its own, as `npm start` runs it. */
export interface Server {
  process: ChildProcess;
  /** Resolves with the API's address, rejects when the process ends before it listens. */
  listening: Promise<string>;
  /** What it wrote so far, stdout and stderr apart. */
  output(): { stdout: string; stderr: string };
  /** Resolves with the exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
}

export function startServer(root: string, routesFile: string, args: string[] = []): Server {
  const child = spawn(
    process.execPath,
    [MAIN, 'start', '--json', '--root', root, '--routes', routesFile, '--port', '0', ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } },
  );
  let stdout = '';
  let stderr = '';
  const { promise: listening, resolve, reject } = Promise.withResolvers<string>();
  listening.catch(() => {});
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    const url = /"url":"([^"]+)"/.exec(stdout)?.[1];
    if (url) resolve(url);
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'exit').then(([code, signal]): number | NodeJS.Signals => code ?? signal);
  ended.then((how) => reject(new Error(`The server ended with ${how}: ${stderr}${stdout}`)));
  return { process: child, listening, output: () => ({ stdout, stderr }), ended };
}
