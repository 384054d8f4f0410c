import type { PartitionKey } from '../../src/core/window.ts';
import type { Appended, Log } from '../../src/log/log.ts';
import { LogUnavailableError } from '../../src/log/log.ts';
import type { Projections } from '../../src/projections/projections.ts';
import type { Ports } from '../../src/service/ports.ts';
import type { CommandQueue } from './command-queue.ts';
import type { Faults } from './faults.ts';
import { type History, textOf } from './history.ts';
import type { Caller, RemoteCalls } from './remote-calls.ts';
import type { Scheduler } from './scheduler.ts';
import type { SkewedClock } from './skewed-clock.ts';

/** What the ports of a process need besides the drivers behind them. */
export interface ProcessSide {
  scheduler: Scheduler;
  calls: RemoteCalls;
  faults: Faults;
  history: History;
  process: Caller;
  clock: SkewedClock;
  /** Versions of a route's policy that this process had lately. */
  policyVersions(route: string): string[];
}

export interface Drivers extends Omit<Ports, 'timers'> {
  /** Timers work out a delay by the clock of the process that arms them. */
  timers: Pick<CommandQueue, 'arm'>;
}

/** The drivers, as this process reaches them: every call travels, and may fail on the way. */
export function processPorts(drivers: Drivers, side: ProcessSide): Ports {
  const remote = remoteOf(side);
  const { flushes, commands, executions, announcements, objects } = drivers;
  return {
    log: remoteLog(drivers, side),
    projections: remoteProjections(drivers.projections, remote),
    flushes: {
      ask: (flush) => remote(`flushes.ask ${flush.id}`, () => flushes.ask(flush)),
      find: (id) => remote(`flushes.find ${id}`, () => flushes.find(id)),
      pin: (id, pin) => remote(`flushes.pin ${id} ${named(pin)}`, () => flushes.pin(id, pin)),
      pins: (id) => remote(`flushes.pins ${id}`, () => flushes.pins(id)),
    },
    timers: {
      arm(deadline) {
        const now = side.clock.peek();
        return remote(`timers.arm ${named(deadline)} ${deadline.windowSeq}`, () =>
          drivers.timers.arm(deadline, now),
        );
      },
    },
    commands: { send: (command) => remote(`commands.send ${command.kind}`, () => commands.send(command)) },
    executions: {
      start: (request) => remote(`executions.start ${request.name}`, () => executions.start(request)),
      describe: (ref) => remote(`executions.describe ${ref.name}`, () => executions.describe(ref)),
      trace: (ref, page) => remote(`executions.trace ${ref.name}`, () => executions.trace(ref, page)),
    },
    announcements: {
      announce: (announcement) =>
        remote(`announce ${announcement.type}`, () => announcements.announce(announcement)),
    },
    objects: {
      ...objects,
      head: (at) => remote(`objects.head ${at.key}`, () => objects.head(at)),
      read: (at) => remote(`objects.read ${at.key}`, () => objects.read(at)),
      write: (at, content) => remote(`objects.write ${at.key}`, () => objects.write(at, content)),
    },
    observe: (observation) => {
      if (!side.process.alive()) return;
      side.scheduler.note(`! ${side.process.id} ${observation.kind}`);
      drivers.observe(observation);
    },
  };
}

type Remote = <Result>(name: string, effect: () => Promise<Result>) => Promise<Result>;

function remoteOf({ calls, process }: ProcessSide): Remote {
  return (name, effect) =>
    calls.make({ process, name, failure: (cause) => new Error(`No answer to ${name}.`, { cause }) }, effect);
}

function remoteLog({ log, projections }: Drivers, side: ProcessSide): Log {
  const { calls, process, faults, history, clock } = side;
  const reach = <Result>(key: PartitionKey, name: string, effect: () => Promise<Result>) => {
    history.logCalls[name.startsWith('append') ? 'append' : 'read'] += 1;
    const failure = (cause: Error) => new LogUnavailableError(key, cause);
    return calls.make({ process, name: `log.${name} ${named(key)}`, partition: named(key), failure }, effect);
  };
  /** A read may give less than was asked for, though never nothing where there is something. */
  const page = (limit: number) =>
    limit > 1 && faults.strike('short page') ? Math.max(1, limit >> 4) : limit;
  return {
    tail: (key) => reach(key, 'tail', () => log.tail(key)),
    get: (key, seq) => reach(key, `get ${seq}`, () => log.get(key, seq)),
    readForward: (key, from, limit) =>
      reach(key, `readForward ${from}`, () => log.readForward(key, from, page(limit))),
    readBackward: (key, before, limit) =>
      reach(key, `readBackward ${before}`, () => log.readBackward(key, before, page(limit))),
    append(key, record) {
      const sent = structuredClone(record);
      const commit = {
        key,
        seq: record.seq,
        text: textOf(record),
        process: process.id,
        clock: clock.peek(),
        clockMax: clock.max(),
        readings: clock.readings(),
        policyVersions: side.policyVersions(key.route),
      };
      return reach(key, `append ${record.seq}`, async (): Promise<Appended> => {
        const appended = await log.append(key, sent);
        if (appended.committed) {
          history.commits.push({ ...commit, trueAt: side.scheduler.now() });
          if (!(await projections.partition(key)))
            history.mistakes.push(
              `${named(key)} record ${record.seq} was committed before the partition was registered`,
            );
        }
        if (appended.committed || appended.winner === null || !faults.strike('winner withheld'))
          return appended;
        return { committed: false, winner: null };
      });
    },
  };
}

function remoteProjections(to: Projections, remote: Remote): Projections {
  return {
    register: (key) => remote(`register ${named(key)}`, () => to.register(key)),
    advance: (key, position) =>
      remote(`advance ${named(key)} ${position.record}`, () => to.advance(key, position)),
    settle: (key, epoch, settledTo) =>
      remote(`settle ${named(key)} ${settledTo}`, () => to.settle(key, epoch, settledTo)),
    partition: (key) => remote(`partition ${named(key)}`, () => to.partition(key)),
    partitions: (route, page) => remote(`partitions ${route}`, () => to.partitions(route, page)),
    routes: () => remote('routes', () => to.routes()),
    batchStarted: (item) => remote(`batchStarted ${item.id}`, () => to.batchStarted(item)),
    batchStatus: (ref, change) =>
      remote(`batchStatus ${ref.id} ${change.status}`, () => to.batchStatus(ref, change)),
    batch: (ref) => remote(`batch ${ref.id}`, () => to.batch(ref)),
    batches: (route, page) => remote(`batches ${route}`, () => to.batches(route, page)),
    batchesSince: (route, page) => remote(`batchesSince ${route}`, () => to.batchesSince(route, page)),
    unended: (route) => remote(`unended ${route}`, () => to.unended(route)),
    keepUnended: (route, unended) =>
      remote(`keepUnended ${route} ${unended.version}`, () => to.keepUnended(route, unended)),
  };
}

export function named({ route, partition }: PartitionKey): string {
  return `${route}/${partition}`;
}
