import type { Askers } from './askers.ts';
import type { Configuration } from './configuration.ts';
import type { EventQueue } from './event-queue.ts';
import type { FaultKind, Faults } from './faults.ts';
import type { Processes } from './processes.ts';
import type { Random } from './random.ts';
import type { Throttles } from './remote-calls.ts';
import type { Scheduler } from './scheduler.ts';
import type { Shape } from './shape.ts';

export interface WeatherWorld {
  scheduler: Scheduler;
  random: Random;
  shape: Shape;
  faults: Faults;
  processes: Processes;
  queue: EventQueue;
  configuration: Configuration;
  askers: Askers;
  throttles: Throttles;
}

const HOUR_MS = 3_600_000;
const CRON_MS = 30 * 60_000;

/** Lets everything that is not bound to a call happen at its rate, until healing. */
export function startWeather(world: WeatherWorld): void {
  const { scheduler, faults } = world;
  const random = world.random.fork('weather');
  const happenings = happeningsOf(world, random);
  for (const [kind, happen] of happenings) {
    const stream = random.fork(kind);
    const next = () => {
      const perHour = faults.rate(kind);
      if (perHour === 0) return;
      scheduler.after(stream.wait(HOUR_MS / perHour), kind, () => {
        if (faults.healed()) return;
        if (happen(stream)) faults.count(kind);
        next();
      });
    };
    next();
  }
  if (faults.rate('cron flush') > 0) startCron(world);
}

/** Each says whether it had anything to strike. */
type Happen = (random: Random) => boolean;

function happeningsOf(world: WeatherWorld, random: Random): Map<FaultKind, Happen> {
  return new Map<FaultKind, Happen>([
    ...outages(world),
    ...changes(world),
    ['flush', flushes(world, random.fork('flush ids'))],
  ]);
}

function outages({ scheduler, shape, processes, queue, throttles }: WeatherWorld): [FaultKind, Happen][] {
  const end = shape.start + shape.chaosMs;
  const until = (random: Random, maxMs: number) => Math.min(end, scheduler.now() + random.int(1_000, maxMs));
  return [
    [
      'throttle burst',
      (random) => {
        throttles.everythingUntil = until(random, 90_000);
        return true;
      },
    ],
    [
      'hot partition',
      (random) => {
        const { name, partitions } = random.pick(shape.routes);
        const partition = partitions.length === 0 ? '' : random.pick(partitions);
        throttles.partitionUntil.set(`${name}/${partition}`, until(random, 180_000));
        return true;
      },
    ],
    [
      'crash at random',
      () => {
        const process = processes.pick();
        process?.crash('at random');
        return process !== null;
      },
    ],
    [
      'freeze',
      (random) => {
        const process = processes.pick();
        process?.freeze(until(random, shape.processes.freezeMaxMs));
        return process !== null;
      },
    ],
    [
      'outage',
      (random) => {
        queue.pauseUntil(until(random, shape.source.outageMaxMs));
        return true;
      },
    ],
    [
      'clock step back',
      (random) => {
        const process = processes.pick();
        process?.clock.stepBack(random.int(1, 2_000));
        return process !== null;
      },
    ],
  ];
}

function changes({ shape, configuration }: WeatherWorld): [FaultKind, Happen][] {
  return [
    [
      'policy changed',
      (random) => {
        const { name, limits } = random.pick(shape.routes);
        const count = Math.max(1, Math.round(limits.count * (0.5 + random.next())));
        configuration.change(name, { count, windowMs: Math.round(limits.windowMs * (0.5 + random.next())) });
        return true;
      },
    ],
    [
      'pipeline changed',
      (random) => {
        configuration.change(random.pick(shape.routes).name, { pipeline: `pipeline-${random.int(1, 3)}` });
        return true;
      },
    ],
    [
      'route moved',
      (random) => {
        // Only between plain routes: a variable in another place would change the partition, too.
        const plain = shape.routes.filter(({ partitions }) => partitions.length === 0);
        if (plain.length < 2) return false;
        const [from, to] = random.shuffled(plain);
        if (from && to) configuration.moveRoute(from.name, to.name);
        return true;
      },
    ],
  ];
}

function flushes({ shape, askers }: WeatherWorld, ids: Random): Happen {
  let asked = 0;
  return (random) => {
    asked += 1;
    const { name, partitions } = random.pick(shape.routes);
    const partition = partitions.length === 0 ? '' : random.pick([...partitions, 'nobody']);
    askers.ask({
      id: `flush-${asked}-${ids.int(0, 1e6)}`,
      reason: random.chance(0.9) ? 'manual' : 'marker',
      who: 'somebody',
      scope: random.pick([{}, { route: name }, { route: name, partition }]),
      minEvents: random.chance(0.7) ? 1 : random.int(2, 10),
    });
    return true;
  };
}

function startCron({ scheduler, shape, faults, askers }: WeatherWorld): void {
  const route = shape.routes[0]?.name ?? '';
  const tick = (at: number) =>
    scheduler.at(at, 'cron', () => {
      if (faults.healed()) return;
      faults.count('cron flush');
      const id = `${route}/0/${new Date(at).toISOString()}`;
      askers.tick({ id, reason: 'schedule', who: 'schedule', scope: { route }, minEvents: 1 });
      tick(at + CRON_MS);
    });
  tick(Math.ceil((scheduler.now() + 1) / CRON_MS) * CRON_MS);
}
