import { createService } from '../../src/service/create-service.ts';
import type { ServiceOptions, ServiceParts } from '../../src/service/options.ts';
import type { Ports } from '../../src/service/ports.ts';
import type { Service } from '../../src/service/service.ts';
import type { Configuration, ConfiguredRouter } from './configuration.ts';
import type { Faults } from './faults.ts';
import type { History } from './history.ts';
import { type Drivers, processPorts } from './process-ports.ts';
import type { Random } from './random.ts';
import { type Caller, never, type RemoteCalls } from './remote-calls.ts';
import type { Scheduler } from './scheduler.ts';
import { MANIFEST_BUCKET, type Shape } from './shape.ts';
import { type SkewedClock, skewedClock } from './skewed-clock.ts';

/** One running instance of the service. It is born with nothing but what the drivers hold. */
export interface Process extends Caller {
  readonly service: Service;
  readonly clock: SkewedClock;
  readonly router: ConfiguredRouter;
  /** It runs nothing before this instant. */
  freeze(until: number): void;
  /** Deliveries that it is working on. */
  busy: number;
}

/** All processes there are; one that dies comes back after a while as a new one. */
export interface Processes {
  alive(): Process[];
  /** One that runs and is not frozen, by chance; null when there is none. */
  pick(): Process | null;
  all(): Process[];
  /** Brings back at once those that are down. */
  reviveAll(): void;
  /** Called whenever a process has died, been born, or thawed. */
  onChange(listener: (what: Change, process: Process) => void): void;
}

export type Change = 'born' | 'died' | 'thawed';

/** What a simulation changes about the service itself. */
export interface Alterations {
  options?: Partial<ServiceOptions>;
  parts?: Partial<ServiceParts>;
  /** Replaces drivers of a process. */
  ports?: (ports: Ports) => Ports;
}

export interface ProcessWorld {
  scheduler: Scheduler;
  random: Random;
  shape: Shape;
  faults: Faults;
  history: History;
  calls: RemoteCalls;
  configuration: Configuration;
  drivers: Drivers;
  alterations: Alterations;
}

const DRIFT_MAX = 2e-5;

export function createProcesses(world: ProcessWorld): Processes {
  const { scheduler, shape } = world;
  const random = world.random.fork('processes');
  const all: Process[] = [];
  const listeners: ((what: Change, process: Process) => void)[] = [];
  const down = new Set<number>();
  let born = 0;

  function changed(what: Change, process: Process): void {
    for (const listener of listeners) listener(what, process);
  }

  function bear(slot: number): void {
    if (!down.delete(slot)) return;
    born += 1;
    const died = (why: string) => {
      scheduler.note(`x ${process.id} ${why}`);
      down.add(slot);
      scheduler.after(random.int(1_000, shape.processes.restartMaxMs), `born ${slot}`, () => bear(slot));
      changed('died', process);
    };
    const process = createProcess(world, `p${slot}.${born}`, random.fork(`${slot}.${born}`), died, () =>
      changed('thawed', process),
    );
    all[slot] = process;
    changed('born', process);
  }

  for (let slot = 0; slot < shape.processes.count; slot++) {
    down.add(slot);
    bear(slot);
  }
  const alive = () => all.filter((process) => process.alive());
  return {
    alive,
    all: () => all,
    pick() {
      const ready = alive().filter((process) => process.frozenUntil() <= scheduler.now());
      return ready.length === 0 ? null : random.pick(ready);
    },
    reviveAll() {
      for (const slot of [...down].sort()) bear(slot);
    },
    onChange: (listener) => listeners.push(listener),
  };
}

function createProcess(
  world: ProcessWorld,
  id: string,
  random: Random,
  died: (why: string) => void,
  thawed: () => void,
): Process {
  const { scheduler, shape, faults, configuration, alterations } = world;
  let living = true;
  let frozenUntil = 0;

  const caller: Caller = {
    id,
    alive: () => living,
    frozenUntil: () => frozenUntil,
    crash(why) {
      if (!living) return;
      living = false;
      died(why);
    },
  };
  const wake = (ms: number, run: () => void): void =>
    scheduler.after(ms, `wake ${id}`, () => {
      const wait = frozenUntil - scheduler.now();
      if (!living) return;
      if (wait > 0) wake(wait, run);
      else run();
    });
  const sleep = (ms: number) =>
    living ? new Promise<void>((resolve) => wake(Math.ceil(ms), resolve)) : never<void>();

  const clock = skewedClock(scheduler, random.fork('clock'), skewOf(faults, shape, random), sleep);
  const lag = faults.strike('configuration lag') ? random.int(1_000, 600_000) : 0;
  const router = configuration.routerOf(() => (faults.healed() ? 0 : lag));
  const wired = processPorts(world.drivers, {
    ...world,
    process: caller,
    clock,
    policyVersions: router.policyVersions,
  });
  const ports = alterations.ports?.(wired) ?? wired;
  const options = { manifestBucket: MANIFEST_BUCKET, ...shape.service, ...alterations.options };
  const service = createService(ports, router, clock, options, alterations.parts);
  return {
    ...caller,
    service,
    clock,
    router,
    busy: 0,
    freeze(until) {
      frozenUntil = Math.max(frozenUntil, until);
      scheduler.at(until, `thaw ${id}`, thawed);
    },
  };
}

function skewOf(faults: Faults, shape: Shape, random: Random) {
  const maxMs = shape.processes.skewMaxMs;
  const offsetMs = faults.strike('clock skew') ? random.int(-maxMs, maxMs) : 0;
  const drift = faults.strike('clock drift') ? (random.next() * 2 - 1) * DRIFT_MAX : 0;
  return { offsetMs, drift, maxMs };
}
