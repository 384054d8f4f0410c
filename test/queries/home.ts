import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { announcementStream } from '../../src/announcements/stream.ts';
import type { Command } from '../../src/commands/commands.ts';
import type { ObjectEvent } from '../../src/core/event.ts';
import { memoryExecutions } from '../../src/executions/memory.ts';
import { memoryFlushes } from '../../src/flushes/memory.ts';
import { memoryLog } from '../../src/log/memory.ts';
import { folderObjects } from '../../src/objects/folder.ts';
import { memoryProjections } from '../../src/projections/memory.ts';
import type { Sources } from '../../src/queries/sources.ts';
import { createRouter } from '../../src/routes/create-router.ts';
import { nearestRoute } from '../../src/routes/nearest-route.ts';
import { parseRoutes } from '../../src/routes/parse.ts';
import { routeFacts } from '../../src/routes/route-facts.ts';
import { createService } from '../../src/service/create-service.ts';
import type { Ports } from '../../src/service/ports.ts';
import type { Service } from '../../src/service/service.ts';
import type { Deadline } from '../../src/timers/timers.ts';

export const START = Date.parse('2026-01-05T08:00:00Z');
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export const ROUTES = `
buckets:
  landing: {}
  curated: {}
routes:
  sales:
    bucket: landing
    prefix: chapter10/
    batch: { count: 100, window: 1h, bytes: 1MiB }
    flush:
      - { cron: "0/30 8-16 ? * MON-FRI *", timezone: Europe/Paris, minEvents: 50 }
    pipeline: process-files
    output: { bucket: curated, prefix: sales/ }
  partners:
    bucket: landing
    prefix: partners/{partner}/
    suffixes: [.csv]
    batch: { count: 3, window: 1h }
    pipeline: process-files
  quiet:
    bucket: landing
    prefix: quiet/
    batch: { count: 10, window: 1h, quiet: 5m }
    pipeline: process-files
`;

/** The real service and its sources on in-memory drivers, objects in a temporary folder, and a clock that a test moves. */
export async function testHome(replaced: Partial<Ports> = {}, routesText = ROUTES) {
  const root = await mkdtemp(join(tmpdir(), 'spillway-api-'));
  const time = { now: START };
  const clock = { now: () => time.now, sleep: () => new Promise<void>(() => {}), random: () => 0.5 };
  const stream = announcementStream({ capacity: 100 });
  const armed: Deadline[] = [];
  const sent: Command[] = [];
  const executions = memoryExecutions({ clock, report: (report) => service.executionReported(report) });
  const ports: Ports = {
    log: memoryLog(),
    projections: memoryProjections(),
    flushes: memoryFlushes(),
    executions,
    timers: { arm: async (deadline) => void armed.push(deadline) },
    commands: { send: async (command) => void sent.push(command) },
    announcements: stream,
    objects: folderObjects({ root }),
    observe: stream.observe,
    ...replaced,
  };
  const configure = (text: string) => {
    const configuration = parseRoutes(text, 'routes.yml', { pipelines: ['process-files'] });
    const pipeline = {
      name: 'process-files',
      stateMachineArn: 'arn:aws:states:local:0:stateMachine:process-files',
    };
    const router = createRouter(configuration, () => pipeline);
    return { configuration, router };
  };
  const { configuration, router } = configure(routesText);
  const service: Service = createService(ports, router, clock, { manifestBucket: 'manifests' });
  const sources: Sources = {
    ports,
    router,
    routes: routeFacts(configuration, router),
    clock,
    nearest: (object) => nearestRoute(configuration, object)?.sentence ?? null,
    reconcileEveryMs: 5 * MINUTE,
  };
  return {
    root,
    time,
    clock,
    ports,
    stream,
    armed,
    sent,
    executions,
    service,
    sources,
    /** The same drivers under another routes.yml. */
    sourcesUnder(text: string): Sources {
      const other = configure(text);
      return { ...sources, router: other.router, routes: routeFacts(other.configuration, other.router) };
    },
    /** Puts a file there, last modified now, and returns the event that tells of it. */
    async put(key: string, content = 'a,b\n1,2\n'): Promise<ObjectEvent> {
      const path = join(root, 'landing', key);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
      await utimes(path, time.now / 1_000, time.now / 1_000);
      const head = await ports.objects.head({ bucket: 'landing', key });
      return { ...event(key, time.now), size: content.length, etag: head?.etag ?? 'e' };
    },
    /** Delivers every deadline that has come, and what is in the commands queue. */
    async settle(): Promise<void> {
      const due = armed.filter(({ at }) => at <= time.now);
      for (const deadline of due) await service.handle({ kind: 'deadline', ...deadline });
      for (let command = sent.shift(); command; command = sent.shift()) await service.handle(command);
    },
    async remove(): Promise<void> {
      await rm(root, { recursive: true, force: true });
    },
  };
}

export type TestHome = Awaited<ReturnType<typeof testHome>>;

let sequence = 0;

/** An event that arrived at `at`; every call is another write. */
export function event(key: string, at: number, size = 10): ObjectEvent {
  sequence += 1;
  const sequencer = sequence.toString(16).padStart(16, '0');
  return { bucket: 'landing', key, size, etag: 'e', sequencer, time: at, arrival: at };
}

/** Several of them under a folder. */
export function events(folder: string, count: number, at: number): ObjectEvent[] {
  return Array.from({ length: count }, (_, index) => event(`${folder}${index}.csv`, at));
}
