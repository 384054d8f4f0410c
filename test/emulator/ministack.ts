import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, killGroup, stopGroup } from './group.ts';
import { emulatorPython } from './python.ts';

export const REGION = 'eu-central-1';

const ROOT = join(import.meta.dirname, '../..');
const LAUNCHER = join(import.meta.dirname, 'ministack', 'launch.py');
const READY_MS_MAX = 60_000;

export interface MinistackOptions {
  /** Of 127.0.0.1; any free one by default. */
  port?: number;
  /** Roles are enforced, as on AWS. */
  auth?: boolean;
}

/** A running emulator of AWS on this machine. */
export interface Ministack {
  endpoint: string;
  /** What a process needs to take the emulator for AWS, through the SDK's own variables. */
  environment: Record<string, string>;
  /** Faults to commit are laid here; see ministack/faults.py. */
  faults: string;
  /** What IAM decided about roles, a line each; see ministack/decisions.py. */
  decisionsFile: string;
  log(): Promise<string>;
  /** Ends it and its functions, and removes what it left. */
  stop(): Promise<void>;
}

/** The emulator ended or did not answer. */
export class MinistackFailedError extends Error {
  override readonly name = 'MinistackFailedError';

  constructor(what: string, log: string) {
    super(`The emulator ${what}. The end of its log:\n${log.slice(-4_000)}`);
  }
}

/** @throws PythonMissingError, MinistackFailedError */
export async function startMinistack({ port, auth = false }: MinistackOptions = {}): Promise<Ministack> {
  const python = await emulatorPython();
  const chosen = port ?? (await freePort());
  const endpoint = `http://127.0.0.1:${chosen}`;
  const folder = await mkdtemp(join(tmpdir(), 'spillway-ministack-'));
  const place = (name: string) => join(folder, name);
  for (const name of ['tmp', 'faults']) await mkdir(place(name));
  // Functions are started as files in this folder; without this Node may take them for ES modules.
  await writeFile(place('tmp/package.json'), '{"type":"commonjs"}');
  const log = openSync(place('log'), 'a');
  const child = spawn(python, [LAUNCHER], {
    env: { ...inherited(), ...own(chosen, auth, place) },
    stdio: ['ignore', log, log],
    // A group of its own, so that its functions end with it.
    detached: true,
  });
  closeSync(log);
  const readLog = () => readFile(place('log'), 'utf8');
  const end = () => killGroup(child);
  process.once('exit', end);
  const stop = async () => {
    await stopGroup(child);
    process.removeListener('exit', end);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await ready(child, endpoint, readLog);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    endpoint,
    environment: clientEnvironment(endpoint),
    faults: place('faults'),
    decisionsFile: place('decisions'),
    log: readLog,
    stop,
  };
}

function own(port: number, auth: boolean, place: (name: string) => string): Record<string, string> {
  return {
    // Functions run on the first node of this path: the pinned one.
    PATH: [join(ROOT, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
    PYTHONDONTWRITEBYTECODE: '1',
    TMPDIR: place('tmp'),
    GATEWAY_PORT: String(port),
    BIND_HOST: '127.0.0.1',
    MINISTACK_HOST: '127.0.0.1',
    MINISTACK_REGION: REGION,
    AUTH: String(auth),
    // The waits of Retry and Wait states, shortened.
    SFN_WAIT_SCALE: '0.1',
    SPILLWAY_FAULTS: place('faults'),
    SPILLWAY_DECISIONS: place('decisions'),
  };
}

export function clientEnvironment(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
}

/** Without the settings of AWS on this machine: an emulated function must not find real credentials. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS|SPILLWAY)_/.test(name)));
}

async function ready(child: ChildProcess, endpoint: string, log: () => Promise<string>): Promise<void> {
  const giveUpAt = Date.now() + READY_MS_MAX;
  for (;;) {
    if (child.exitCode !== null) {
      throw new MinistackFailedError(`ended with ${child.exitCode} at its start`, await log());
    }
    const answer = await fetch(`${endpoint}/_ministack/health`).catch(() => null);
    if (answer?.ok) return;
    if (Date.now() > giveUpAt) throw new MinistackFailedError('did not get ready', await log());
    await pause(100);
  }
}
