import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

const PATIENCE_MS = 25_000;

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface SpawnOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** `pipe`: an input that stays open until the test ends it. Closed by default. */
  stdin?: 'ignore' | 'pipe';
}

/** The real command in a process of its own, with stdin closed and nothing of our environment but the path. */
export function start(words: readonly string[], options: SpawnOptions = {}): Running {
  const stdio: StdioOptions = [options.stdin ?? 'ignore', 'pipe', 'pipe'];
  return follow(spawn(process.execPath, [MAIN, ...words], { ...basics(options), stdio }));
}

export async function run(words: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  return start(words, options).ended;
}

/** Runs a line of bash in which `spillway` is the command. */
export async function runBash(line: string, options: SpawnOptions = {}): Promise<Ended> {
  const define = `spillway() { "${process.execPath}" "${MAIN}" "$@"; }\n`;
  const child = spawn('bash', ['-c', define + line], {
    ...basics(options),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return follow(child).ended;
}

/** Runs the command on a terminal of its own (util-linux `script`); stdout has what the terminal showed. */
export function startOnTerminal(words: readonly string[], options: SpawnOptions = {}): Running {
  const quoted = [process.execPath, MAIN, ...words].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const line = quoted.join(' ');
  return follow(
    spawn('script', ['-qefc', line, '/dev/null'], { ...basics(options), stdio: ['pipe', 'pipe', 'pipe'] }),
  );
}

export interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
  stdout(): string;
  stderr(): string;
  /** Resolves when what was printed so far, on both streams, matches. */
  printed(pattern: RegExp): Promise<void>;
}

function follow(child: ChildProcess): Running {
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  const heard = () => {
    for (const listener of listeners) listener();
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    heard();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    heard();
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  const ended = once(child, 'close').then(([code, signal]) => {
    clearTimeout(timer);
    heard();
    return { code, signal, stdout, stderr };
  });
  return {
    child,
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (pattern.test(stdout + stderr)) resolve();
          else if (child.exitCode !== null || child.signalCode !== null)
            reject(new Error(`The command ended without printing ${pattern}: ${stdout}${stderr}`));
          else return;
          listeners.delete(look);
        };
        listeners.add(look);
        look();
      }),
  };
}

function basics({ env = {}, cwd }: SpawnOptions) {
  const kept = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', TZ: 'UTC', LC_ALL: 'C.UTF-8' };
  return { env: { ...kept, ...env }, ...(cwd === undefined ? {} : { cwd }) };
}
