import { checkAgainst } from './checker.ts';
import type { FaultKind } from './faults.ts';
import { readLedger } from './ledger.ts';
import { settle } from './settle.ts';
import type { Shape } from './shape.ts';
import { type Stats, statsOf } from './stats.ts';
import { shapeOf } from './swarm.ts';
import { startTraffic } from './traffic.ts';
import { startWeather } from './weather.ts';
import { createWorld, keepReconciling, type WorldSettings } from './world.ts';

export interface SimulationSettings extends WorldSettings {
  /** Changes what the seed expanded to, before anything runs. */
  reshape?: (shape: Shape) => Shape;
}

export interface Simulation {
  shape: Shape;
  /** Digest of everything that happened: the same seed gives the same. */
  hash: string;
  /** How often each kind of fault struck. */
  fired: ReadonlyMap<FaultKind, number>;
  stats: Stats;
  /** Broken promises, in words; empty when all hold. */
  violations: string[];
  /** The latest lines of the trace. */
  tail: string[];
}

/** Runs a seed: chaos, then healing, then the check of every promise. */
export async function simulate(seed: number, settings: SimulationSettings = {}): Promise<Simulation> {
  const expanded = shapeOf(seed);
  const shape = settings.reshape?.(expanded) ?? expanded;
  const world = createWorld(shape, settings);
  const { scheduler, faults, processes } = world;
  startTraffic(world);
  startWeather(world);
  keepReconciling(world);

  await scheduler.runUntil(shape.start + shape.chaosMs);
  const healedAt = scheduler.now();
  faults.heal();
  processes.reviveAll();
  const unfinished = await settle(world);
  const violations = unfinished === null ? [] : [`quiescence: ${unfinished}`];
  const ledger = await readLedger(world);
  violations.push(...(await checkAgainst(world, ledger, healedAt)));
  return {
    shape,
    hash: scheduler.hash(),
    fired: faults.fired(),
    stats: statsOf(world, ledger),
    violations,
    tail: scheduler.tail(),
  };
}
