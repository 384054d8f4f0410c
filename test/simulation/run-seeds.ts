import { explain } from './explain.ts';
import { FAULT_KINDS, type FaultKind } from './faults.ts';
import { type Simulation, simulate } from './simulation.ts';

/** What many seeds came to. */
export interface Run {
  seeds: number;
  /** Explanations of the seeds that broke a promise. */
  failures: string[];
  fired: Map<FaultKind, number>;
  events: number;
  delivered: number;
  manifests: number;
  records: number;
  appends: number;
  reads: number;
  batches: Record<string, number>;
  /** True ms between deadline and closing, of every window that time or quiet closed. */
  lateness: number[];
}

export async function runSeeds(
  start: number,
  count: number,
  each: (simulation: Simulation) => void = () => undefined,
): Promise<Run> {
  const run: Run = {
    seeds: count,
    failures: [],
    fired: new Map(FAULT_KINDS.map((kind) => [kind, 0])),
    events: 0,
    delivered: 0,
    manifests: 0,
    records: 0,
    appends: 0,
    reads: 0,
    batches: {},
    lateness: [],
  };
  for (let seed = start; seed < start + count; seed++) {
    const simulation = await simulate(seed);
    add(run, simulation);
    each(simulation);
  }
  return run;
}

function add(run: Run, simulation: Simulation): void {
  const { stats, fired, violations } = simulation;
  if (violations.length > 0) run.failures.push(explain(simulation));
  for (const [kind, times] of fired) run.fired.set(kind, (run.fired.get(kind) ?? 0) + times);
  for (const figure of ['events', 'delivered', 'manifests', 'records', 'appends', 'reads'] as const)
    run[figure] += stats[figure];
  for (const [reason, count] of Object.entries(stats.batches))
    run.batches[reason] = (run.batches[reason] ?? 0) + count;
  run.lateness.push(...stats.lateness);
}
