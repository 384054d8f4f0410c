import type { Limits } from '../../src/core/policy.ts';
import { FAULT_KINDS, type FaultKind, type FaultTable } from './faults.ts';
import { type Random, randomOf } from './random.ts';
import type { RouteShape, Shape } from './shape.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const SIMULATION_START = Date.UTC(2026, 10, 23, 7);

/** The largest rate of each kind; a seed draws up to it. */
const RATE_MAX: Record<FaultKind, number> = {
  'request lost': 0.06,
  'reply lost': 0.06,
  'effect after timeout': 0.03,
  'slow call': 0.1,
  'crash before call': 0.015,
  'crash after call': 0.015,
  'winner withheld': 1,
  'short page': 1,
  'throttle burst': 6,
  'hot partition': 6,
  'crash at random': 10,
  freeze: 4,
  outage: 2,
  'clock skew': 1,
  'clock drift': 1,
  'clock step back': 6,
  'duplicate at once': 0.2,
  'duplicate minutes later': 0.2,
  'dead letter redriven days later': 0.03,
  'notice delayed': 0.1,
  'reordered delivery': 0.5,
  'visibility expires early': 0.2,
  'deletion lost': 0.1,
  'partial failure': 0.5,
  'timer early': 0.5,
  'timer late': 0.5,
  'timer twice': 0.5,
  'timer lost': 0.3,
  'command twice': 0.3,
  'command late': 0.2,
  'execution fails': 0.3,
  'execution redriven': 0.8,
  'report lost': 0.3,
  'report twice': 0.3,
  'report late': 0.3,
  flush: 8,
  'flush retried': 0.7,
  'flush at several processes': 1,
  'cron flush': 1,
  'policy changed': 3,
  'pipeline changed': 2,
  'configuration lag': 1,
  'route moved': 2,
};

/**
 * Only reconcile can make good for these: two break a port's promise, and an event that comes again after its route
 * was moved goes to the new route, past the record of the old one whose effects a crash had cut off.
 */
const NEEDS_RECONCILE: readonly FaultKind[] = ['timer lost', 'report lost', 'route moved'];

/** One batch of this is more than a state of Step Functions can hold. */
const BULKY_ROUTE: RouteShape = {
  name: 'sales',
  prefix: 'sales/',
  partitions: [],
  limits: { count: 250, windowMs: 2 * HOUR_MS },
};

/** Everything that a seed stands for. Each kind of fault is on in about half of the seeds: a fault hides others. */
export function shapeOf(seed: number): Shape {
  const random = randomOf(seed, 'swarm');
  const home = random.chance(0.15) ? 'laptop' : 'cloud';
  const reconcileMs = home === 'laptop' || random.chance(0.7) ? 5 * MINUTE_MS : null;
  const calm = random.chance(0.06);
  const bulky = random.chance(0.03);
  const chaosMs = random.int(20, 120) * MINUTE_MS;
  return {
    seed,
    start: SIMULATION_START,
    chaosMs,
    home,
    processes: {
      count: home === 'laptop' ? 1 : random.int(1, 4),
      consumers: random.int(1, 3),
      skewMaxMs: random.chance(0.5) ? 90_000 : random.int(0, 90_000),
      restartMaxMs: random.chance(0.8) ? MINUTE_MS : 10 * MINUTE_MS,
      freezeMaxMs: random.chance(0.7) ? 2 * MINUTE_MS : 90 * MINUTE_MS,
    },
    routes: bulky ? [BULKY_ROUTE] : routesOf(random.fork('routes')),
    events: bulky ? 300 : random.int(20, 160),
    keyPadding: bulky ? 850 : 0,
    burstiness: random.next(),
    source: {
      batchMax: random.pick([1, 5, 10, 40, 200]),
      gatherMs: random.pick([0, 1_000, 20_000]),
      visibilityMs: random.pick([30_000, 60_000, 180_000]),
      outageMaxMs: random.chance(0.5) ? 10 * MINUTE_MS : 100 * MINUTE_MS,
    },
    reconcileMs,
    latencyMaxMs: random.pick([0, 5, 50, 200]),
    timerLateMaxMs: random.int(1, 5) * MINUTE_MS,
    executionMaxMs: random.pick([1_000, 60_000, 20 * MINUTE_MS]),
    service: serviceOf(random.fork('service')),
    faults: calm ? {} : faultsOf(random.fork('faults'), reconcileMs !== null, home),
  };
}

function routesOf(random: Random): RouteShape[] {
  const plain = (name: string): RouteShape => ({
    name,
    prefix: `${name}/`,
    partitions: [],
    limits: limitsOf(random),
  });
  const partitions = ['acme', 'bolt', 'Ünï côdé', '..'].slice(0, random.int(1, 4));
  const routes = [
    plain('sales'),
    { name: 'partners', prefix: 'partners/', partitions, limits: limitsOf(random) },
    plain('returns'),
  ];
  return random.shuffled(routes).slice(0, random.int(1, 3));
}

function limitsOf(random: Random): Limits {
  const windowMs = random.pick([1_000, 30_000, 10 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS]);
  const limits: Limits = { count: random.pick([1, 2, 5, 10, 25, 60, 1_000]), windowMs };
  if (random.chance(0.2)) limits.bytes = random.int(50_000, 2_000_000);
  if (random.chance(0.2)) limits.quietMs = Math.max(1_000, Math.floor(windowMs / random.int(2, 20)));
  return limits;
}

function serviceOf(random: Random): Shape['service'] {
  const service: Shape['service'] = {};
  if (random.chance(0.2)) service.groupMax = random.int(1, 20);
  if (random.chance(0.2)) service.partitionsRemembered = 1;
  if (random.chance(0.2)) service.identitiesRemembered = random.int(2, 60);
  if (random.chance(0.2)) service.recentEventsMax = random.int(0, 60);
  if (random.chance(0.2)) service.flushInlineMax = 1;
  if (random.chance(0.2)) service.tailAgeMaxMs = random.int(1, 60_000);
  if (random.chance(0.2)) service.effectsTimeoutMs = random.int(100, 3_000);
  return service;
}

function faultsOf(random: Random, reconcile: boolean, home: Shape['home']): FaultTable {
  const table: FaultTable = {};
  for (const kind of FAULT_KINDS) {
    const on = random.chance(0.5);
    // Squared: most seeds draw a small rate, some a large one.
    const rate = RATE_MAX[kind] * random.next() ** 2;
    if (on && (reconcile || !NEEDS_RECONCILE.includes(kind))) table[kind] = rate;
  }
  for (const kind of ['clock skew', 'clock drift', 'configuration lag'] as const) {
    if (table[kind] !== undefined) table[kind] = 1;
  }
  // A laptop's ticks die with its process; its home sees to those it missed, and is no part of this.
  if (home === 'laptop') delete table['cron flush'];
  return table;
}
