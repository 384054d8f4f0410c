import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { type AnnouncementStream, announcementStream } from './announcements/stream.ts';
import { packageVersion } from './api/package-version.ts';
import { type RecentProblems, recentProblems } from './api/recent-problems.ts';
import { serveLocalApi } from './api/serve.ts';
import { inProcessCommands } from './commands/in-process.ts';
import type { Schedule } from './cron/cron.ts';
import { inProcessCron } from './cron/in-process.ts';
import { embeddedExecutions } from './executions/embedded.ts';
import { executionProblem } from './executions/execution-problem.ts';
import type { Notification } from './executions/notification.ts';
import { loadPipelines, type Pipeline } from './executions/pipelines.ts';
import { dynamoFlushes } from './flushes/dynamodb.ts';
import { openLocalTable } from './local-table.ts';
import { dynamoLog } from './log/dynamodb.ts';
import { folderObjects } from './objects/folder.ts';
import { INTERNAL_BUCKET } from './objects/folder-path.ts';
import { watchFolder } from './objects/watch.ts';
import { dynamoProjections } from './projections/dynamodb.ts';
import { rememberedProjections } from './projections/remembered.ts';
import { type FillOrder, fillOrder, telling } from './queries/fill-order.ts';
import type { RouteFacts } from './queries/sources.ts';
import { type LocalRoutes, readLocalRoutes } from './routes/local-routes.ts';
import { createService } from './service/create-service.ts';
import type { Ports } from './service/ports.ts';
import { reconcilingFromStart } from './service/reconcile-from-start.ts';
import type { Service } from './service/service.ts';
import type { EmbeddedTable } from './table/embedded.ts';
import { every } from './timers/every.ts';
import { inProcessTimers } from './timers/in-process.ts';
import { systemClock } from './timers/system-clock.ts';

export interface LocalOptions {
  /** The folder of buckets; state is kept in its `.spillway`. */
  root: string;
  routesFile: string;
  /** By {@link openLocalTable}, for the same root; opened here by default. */
  table?: Promise<EmbeddedTable>;
  /** Of 127.0.0.1; 0 takes any free one. */
  port?: number;
  /** Where pipelines are found; `pipelines` beside the routes file by default. */
  pipelinesFolder?: string;
  /** A pipeline told people something. It is also kept with its execution. */
  onNotification?: (notification: Notification, execution: string) => void;
  /** The table stopped by itself: nothing can be counted any more, and only a new start helps. */
  onFatal?: (error: Error) => void;
  /** Something needs attention; the server goes on. */
  onProblem?: (error: Error) => void;
}

/** A running Spillway on this machine. */
export interface LocalHome {
  url: string;
  /** With the token in its fragment; not for logs. */
  urlWithToken: string;
  stream: AnnouncementStream;
  routes: LocalRoutes;
  /** Resolves when every file that was there at the start is counted or being waited for. */
  scanned: Promise<void>;
  /** Finishes what is under way and lets go of the folder. What lasts too long begins again at the next start. */
  stop(): Promise<void>;
}

/** How to let go of what was opened, the last first. */
type Closing = (() => Promise<void>)[];

const RECONCILE_EVERY_MS = 300_000;
/** A flush over more partitions goes on in the background, so that whoever asks gets an answer at once. */
const FLUSH_INLINE_MAX = 200;
/** Some minutes of steady work; who missed more is told, and asks anew. */
const STREAM_CAPACITY = 2_000;
/** Running executions get this long to end when the server is told to stop (ms). */
const EXECUTIONS_GRACE_MS = 10_000;

/**
 * Spillway in one process: the same service as on AWS over drivers that need no account. All that must not be lost is
 * in the table under `<root>/.spillway`; the rest is rebuilt from there.
 *
 * @throws RoutesUnreadableError, RoutesInvalidError, PipelineElsewhereError, PipelineError, FolderInUseError,
 * FolderUnwritableError, TableCorruptError, PortInUseError
 */
export async function startLocal(options: LocalOptions): Promise<LocalHome> {
  const closing: Closing = [];
  const stop = async () => {
    for (const close of closing.splice(0)) await close();
  };
  try {
    const problems = recentProblems(systemClock.now, options.onProblem);
    const told = { ...options, onProblem: problems.note };
    const opening = beginOpening(told, closing);
    const folder = options.pipelinesFolder ?? join(dirname(options.routesFile), 'pipelines');
    const pipelines = await loadPipelines(folder, join(options.root, INTERNAL_BUCKET, 'pipelines.json'));
    const routes = await readLocalRoutes(options.routesFile, [...pipelines.keys()], systemClock.now());
    const running = await openService(told, await opening, pipelines, routes, closing);
    const api = await serveApi(told, running, routes, problems, closing);
    const watching = await begin(told, running, routes, closing);
    return { ...api, ...watching, stream: running.stream, routes, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The table opens in a thread of its own; meanwhile there is enough to do in this one. */
function beginOpening(
  { root, table, onProblem = () => {}, onFatal = onProblem }: LocalOptions,
  closing: Closing,
): Promise<EmbeddedTable> {
  const opening = table ?? openLocalTable(root, onFatal);
  const opened = opening.then(({ close }) => close).catch(() => null);
  closing.unshift(async () => (await opened)?.());
  return opening;
}

interface Running {
  ports: Ports;
  service: Service;
  stream: AnnouncementStream;
  fill: FillOrder;
  resumeExecutions(): Promise<unknown>;
}

/** The drivers of this home, and the service over them. */
async function openService(
  { root, onNotification, onProblem = () => {} }: LocalOptions,
  table: EmbeddedTable,
  pipelines: ReadonlyMap<string, Pipeline>,
  { router }: LocalRoutes,
  closing: Closing,
): Promise<Running> {
  const clock = systemClock;
  const state = join(root, INTERNAL_BUCKET);
  const objects = folderObjects({ root });
  // No earlier start can have reached this number, so a listener of an earlier life is told of the gap.
  const stream = announcementStream({ capacity: STREAM_CAPACITY, firstNumber: clock.now() * 1000 });
  const fill = fillOrder();
  const commands = inProcessCommands({ clock, onProblem });
  const timers = inProcessTimers({ clock, commands, onProblem: (error) => onProblem(asError(error)) });
  const executions = embeddedExecutions({
    pipelines,
    folder: join(state, 'executions'),
    objects,
    clock,
    report: (report) => service.executionReported(report),
    publish: async (notification, execution) => onNotification?.(notification, execution),
    warn: (warning) => onProblem(executionProblem(warning)),
  });
  const ports: Ports = {
    log: telling(dynamoLog(table), fill),
    projections: rememberedProjections(dynamoProjections(table)),
    flushes: dynamoFlushes(table),
    timers,
    commands,
    executions,
    announcements: stream,
    objects,
    observe(observation) {
      stream.observe(observation);
      fill.observe(observation);
    },
  };
  const service = createService(ports, router, clock, {
    manifestBucket: INTERNAL_BUCKET,
    flushInlineMax: FLUSH_INLINE_MAX,
  });
  commands.bind(service.handle);
  // Commands last: a deadline or an end that comes while the others stop must still find its queue.
  closing.unshift(timers.stop, () => executions.stop(EXECUTIONS_GRACE_MS), commands.stop);
  return { ports, service, stream, fill, resumeExecutions: executions.resume };
}

async function serveApi(
  { root, port, onProblem = () => {} }: LocalOptions,
  { ports, service, stream, fill }: Running,
  { router, facts, nearest }: LocalRoutes,
  problems: RecentProblems,
  closing: Closing,
): Promise<{ url: string; urlWithToken: string }> {
  const sources = {
    ports,
    router,
    routes: facts,
    clock: systemClock,
    nearest,
    fill,
    reconcileEveryMs: RECONCILE_EVERY_MS,
  };
  const api = await serveLocalApi({
    sources,
    service,
    stream,
    version: await packageVersion(),
    startedAt: systemClock.now(),
    newFlushId: randomUUID,
    stateFolder: join(root, INTERNAL_BUCKET),
    problems: async () => problems.sentences(),
    onError: (error) => onProblem(asError(error)),
    ...(port !== undefined && { port }),
  });
  closing.unshift(api.close);
  return { url: api.url, urlWithToken: api.urlWithToken };
}

/** Takes up what the last process left, then lets time and files in. Resolves when the folder is being watched. */
async function begin(
  { root, onProblem = () => {} }: LocalOptions,
  { ports, service, resumeExecutions }: Running,
  { facts, watched }: LocalRoutes,
  closing: Closing,
): Promise<{ scanned: Promise<void> }> {
  await resumeExecutions();
  // Beside the work, not before it, for it reads more the more partitions there are; begun first, as windows may be due.
  const reconciling = reconcilingFromStart({
    ports,
    service,
    clock: systemClock,
    everyMs: RECONCILE_EVERY_MS,
    onProblem: (error) => onProblem(asError(error)),
  });
  closing.unshift(every(reconciling.restMs, reconciling.run, onProblem));
  const cron = inProcessCron({
    schedules: schedulesOf(facts),
    clock: systemClock,
    commands: ports.commands,
    onProblem: (error) => onProblem(asError(error)),
  });
  closing.unshift(cron.stop);
  const watch = await watchFolder({
    root,
    buckets: watched,
    onEvents: async (events) => void (await service.append(events)),
    onProblem,
    clock: systemClock,
  });
  closing.unshift(watch.stop);
  return { scanned: watch.scanned };
}

function schedulesOf(facts: RouteFacts[]): Schedule[] {
  return facts.flatMap(({ name, schedules }) =>
    schedules.map(({ next, minEvents }, index) => ({ route: name, index, next, minEvents })),
  );
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
