import type { Limits } from '../../src/core/policy.ts';
import type { ServiceOptions } from '../../src/service/options.ts';
import type { FaultTable } from './faults.ts';

/** All that a simulation is made of. Drawn from a seed (swarm.ts) or written down by a test. */
export interface Shape {
  seed: number;
  /** When virtual time begins (ms). */
  start: number;
  /** How long faults and traffic last; healing comes after (ms). */
  chaosMs: number;
  /** On a laptop there is one process; its timers and commands die with it, and it reconciles when it starts. */
  home: 'cloud' | 'laptop';
  processes: ProcessShape;
  routes: RouteShape[];
  events: number;
  /** Share of events that come in bursts instead of evenly. */
  burstiness: number;
  /** Characters that make every key longer: large batches travel as manifests. */
  keyPadding: number;
  source: SourceShape;
  /** How often reconcile runs (ms); null: never, so that everything must work without it. */
  reconcileMs: number | null;
  /** Longest that one call to the world outside takes (ms). */
  latencyMaxMs: number;
  timerLateMaxMs: number;
  executionMaxMs: number;
  /** Numbers of the service that differ from its defaults: small limits, to reach what lies behind them. */
  service: Partial<ServiceOptions>;
  faults: FaultTable;
}

export interface ProcessShape {
  count: number;
  /** Deliveries that a process works on at the same time. */
  consumers: number;
  /** Largest distance of a process's clock from true time (ms). */
  skewMaxMs: number;
  /** Longest time until a process that died is back (ms). */
  restartMaxMs: number;
  freezeMaxMs: number;
}

export interface RouteShape {
  name: string;
  prefix: string;
  /** Values of the route's variable; empty for a plain route. */
  partitions: string[];
  limits: Limits;
}

export interface SourceShape {
  batchMax: number;
  /** Longest wait for a batch to fill up (ms). */
  gatherMs: number;
  visibilityMs: number;
  outageMaxMs: number;
}

/** The bucket that all simulated objects are in. */
export const BUCKET = 'landing';
export const MANIFEST_BUCKET = 'manifests';
