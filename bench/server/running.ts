import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

/** Routes that tell what is measured apart: `nothing` is a pipeline of one state, so that the server alone is timed. */
export const ROUTES = `
buckets: { landing: {}, curated: {} }
defaults: { pipeline: nothing }
routes:
  flood:
    bucket: landing
    prefix: flood/
    batch: { count: 100, window: 1h }
  tenth:
    bucket: landing
    prefix: tenth/{window}/
    batch: { count: 10, window: 1h }
  open:
    bucket: landing
    prefix: open/{partition}/
    batch: { count: 10000, window: 14d }
  csv:
    bucket: landing
    prefix: csv/
    suffixes: [.csv]
    batch: { count: 100, window: 1h }
    pipeline: process-files
    output: { bucket: curated, prefix: csv/ }
    csv: { columns: { id: BIGINT, station: VARCHAR, celsius: DOUBLE } }
`;

const NOTHING = JSON.stringify({ StartAt: 'Done', States: { Done: { Type: 'Succeed' } } });

/** A folder for one server: routes, pipelines and the root that is watched. */
export interface Place {
  folder: string;
  root: string;
  routes: string;
  remove(): Promise<void>;
}

export async function makePlace(routes = ROUTES): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'spillway-bench-'));
  await mkdir(join(folder, 'pipelines', 'nothing'), { recursive: true });
  await writeFile(join(folder, 'pipelines', 'nothing', 'definition.asl'), NOTHING);
  await symlink(join(REPOSITORY, 'pipelines', 'process-files'), join(folder, 'pipelines', 'process-files'));
  await writeFile(join(folder, 'routes.yml'), routes);
  return {
    folder,
    root: join(folder, 'data'),
    routes: join(folder, 'routes.yml'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The real `spillway start` in a process of its own, seen from outside. */
export interface RunningServer {
  url: string;
  token: string;
  /** From the start of the process to the line that says where it listens (ms). */
  startMs: number;
  /** Resident memory now, and the largest so far (MB of 10^6 bytes). */
  memory(): Promise<{ now: number; peak: number }>;
  /** Open files and sockets. */
  handles(): Promise<number>;
  /** Processor time of all its threads so far (s). */
  processor(): Promise<number>;
  /** What it said of problems. */
  problems(): string[];
  stop(): Promise<void>;
}

export async function startServer(
  { root, routes }: Place,
  nodeFlags: string[] = [],
  patienceMs = 120_000,
): Promise<RunningServer> {
  const began = performance.now();
  const main = join(REPOSITORY, 'src', 'cli', 'main.js');
  const child = spawn(
    process.execPath,
    [
      ...(await flagsOfStart()),
      ...nodeFlags,
      main,
      'start',
      '--root',
      root,
      '--routes',
      routes,
      '--port',
      '0',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' }, cwd: join(root, '..') },
  );
  // Whoever ends the bench by its pid ends its server too.
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  const problems: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => problems.push(text.trim()));
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  try {
    const url = await listening(child, patienceMs, problems);
    const startMs = performance.now() - began;
    const token = (await readFile(join(root, '.spillway', 'token'), 'utf8')).trim();
    return { url, token, startMs, ...gauges(child), problems: () => problems, stop };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** What `npm start` gives to Node. */
async function flagsOfStart(): Promise<string[]> {
  const { scripts } = JSON.parse(await readFile(join(REPOSITORY, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

async function listening(child: ChildProcess, patienceMs: number, problems: string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    // What comes later is read and dropped: a pipe that nobody empties would hold the server up.
    if (text.length > 10_000) return;
    text += chunk;
    const url = /listens at (http:\S+)/.exec(text)?.[1];
    if (url) resolve(url);
  });
  child.once('exit', () => reject(new Error(`The server ended: ${problems.join('\n')}${text}`)));
  const late = pause(patienceMs, undefined, { ref: false }).then(() => {
    throw new Error(`The server did not listen within ${patienceMs} ms.`);
  });
  return Promise.race([promise, late]);
}

/** Resolves when a server has nothing left to do: hardly any processor time in two seconds. */
export async function atRest(server: RunningServer, withinMs = 60_000): Promise<void> {
  const end = performance.now() + withinMs;
  for (let before = await server.processor(); performance.now() < end; ) {
    await pause(2_000);
    const now = await server.processor();
    if (now - before < 0.1) return;
    before = now;
  }
}

/** Linux tells of a process in /proc. */
function gauges({ pid }: ChildProcess): Pick<RunningServer, 'memory' | 'handles' | 'processor'> {
  const file = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8');
  return {
    async memory() {
      const status = await file('status');
      const megabytes = (field: string) =>
        (Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) * 1024) / 1e6;
      return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
    },
    handles: async () => (await readdir(`/proc/${pid}/fd`)).length,
    async processor() {
      // Fields 14 and 15, counted after the name in brackets, which may hold spaces; in hundredths of a second.
      const fields = (await file('stat')).split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
  };
}
