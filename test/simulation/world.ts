import type { Announcement } from '../../src/announcements/announcements.ts';
import type { Flushes } from '../../src/flushes/flushes.ts';
import { memoryFlushes } from '../../src/flushes/memory.ts';
import type { Log } from '../../src/log/log.ts';
import { memoryLog } from '../../src/log/memory.ts';
import type { Objects } from '../../src/objects/objects.ts';
import { memoryProjections } from '../../src/projections/memory.ts';
import type { Projections } from '../../src/projections/projections.ts';
import type { Observation } from '../../src/service/observation.ts';
import { type Askers, createAskers } from './askers.ts';
import { type CommandQueue, createCommandQueue } from './command-queue.ts';
import { type Configuration, createConfiguration } from './configuration.ts';
import { createEventQueue, type EventQueue } from './event-queue.ts';
import { createExecutionEngine, type ExecutionEngine } from './execution-engine.ts';
import { createFaults, type Faults } from './faults.ts';
import { emptyHistory, type History, noteRejection } from './history.ts';
import { type Alterations, createProcesses, type Process, type Processes } from './processes.ts';
import { type Random, randomOf } from './random.ts';
import {
  createRemoteCalls,
  type FateOf,
  fatesByChance,
  type RemoteCalls,
  type Throttles,
} from './remote-calls.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import type { Shape } from './shape.ts';
import { storedObjects } from './stored-objects.ts';

/** A whole world around processes that run the real service. */
export interface World {
  shape: Shape;
  random: Random;
  scheduler: Scheduler;
  faults: Faults;
  history: History;
  log: Log;
  projections: Projections;
  flushes: Flushes;
  objects: Objects;
  executions: ExecutionEngine;
  commands: CommandQueue;
  queue: EventQueue;
  configuration: Configuration;
  processes: Processes;
  askers: Askers;
  calls: RemoteCalls;
  throttles: Throttles;
  /** How often reconcile runs from its next round on; null: never again. */
  pace: { reconcileMs: number | null };
  /** Everything that was announced, in order. */
  announced: Announcement[];
  /** How often the service observed each kind of thing. */
  observed: Map<Observation['kind'], number>;
}

export interface WorldSettings {
  alterations?: Alterations;
  /** Decides what becomes of calls instead of chance. */
  fateOf?: FateOf;
  /** Gets every line of the trace. */
  echo?: (line: string) => void;
}

const RESTART_MS = 1_000;

export function createWorld(shape: Shape, settings: WorldSettings = {}): World {
  const scheduler = createScheduler(shape.start, settings.echo);
  const random = randomOf(shape.seed, 'world');
  const faults = createFaults(shape.faults, random.fork('faults'));
  const history = emptyHistory();
  const throttles: Throttles = { everythingUntil: 0, partitionUntil: new Map() };
  const fateOf = settings.fateOf ?? fatesByChance(scheduler, faults, random.fork('fates'), throttles);
  const calls = createRemoteCalls(scheduler, random.fork('latency'), shape.latencyMaxMs, fateOf, faults);
  const configuration = createConfiguration(scheduler, history, shape.routes);
  const observed: World['observed'] = new Map();
  const announced: Announcement[] = [];
  let processes: Processes | null = null;
  const common = { scheduler, random, shape, faults, history, calls, configuration };
  const late = {
    ...common,
    processes() {
      if (processes === null) throw new Error('There are no processes yet.');
      return processes;
    },
  };
  const commands = createCommandQueue(late);
  const executions = createExecutionEngine(late);
  const stores = {
    log: memoryLog(),
    projections: memoryProjections(),
    flushes: memoryFlushes(),
    objects: storedObjects(scheduler.now),
  };
  const drivers = {
    ...stores,
    commands,
    timers: commands,
    executions,
    announcements: {
      announce: async (announcement: Announcement) => {
        announced.push(structuredClone(announcement));
      },
    },
    observe: ({ kind }: Observation) => void observed.set(kind, (observed.get(kind) ?? 0) + 1),
  };
  processes = createProcesses({ ...common, drivers, alterations: settings.alterations ?? {} });
  if (shape.home === 'laptop') {
    processes.onChange((what, process) => {
      if (what === 'died') {
        commands.forget();
        history.deaths.push(scheduler.now());
      }
      if (what === 'born') startOnLaptop(process, scheduler, history);
    });
  }
  const peopled = { ...common, processes, commands };
  return {
    ...common,
    ...stores,
    executions,
    commands,
    processes,
    throttles,
    pace: { reconcileMs: shape.reconcileMs },
    observed,
    announced,
    queue: createEventQueue(peopled),
    askers: createAskers(peopled),
  };
}

/** What a home does first: find out what the process before it left undone. Tries again until it succeeds. */
function startOnLaptop(process: Process, scheduler: Scheduler, history: History): void {
  process.service.reconcile({ atStart: true }).catch((error) => {
    if (!process.alive()) return;
    noteRejection(history, 'reconcile at start', error);
    scheduler.after(RESTART_MS, 'start again', () => {
      if (process.alive()) startOnLaptop(process, scheduler, history);
    });
  });
}

/** Has some process reconcile now and then, as a schedule does. */
export function keepReconciling(world: World): void {
  const { scheduler, pace } = world;
  if (pace.reconcileMs === null) return;
  scheduler.after(pace.reconcileMs, 'reconcile', () => {
    if (pace.reconcileMs === null) return;
    reconcileOnce(world);
    keepReconciling(world);
  });
}

export function reconcileOnce({ scheduler, processes, history }: World): void {
  const process = processes.pick();
  scheduler.note(`reconcile ${process?.id ?? 'nobody'}`);
  process?.service.reconcile().catch((error) => {
    if (process.alive()) noteRejection(history, 'reconcile', error);
  });
}
