import type { Bench } from './bench.ts';
import { csv } from './csv/csv.ts';
import { docs } from './docs/docs.ts';
import { figures } from './figures/figures.ts';
import { functions } from './functions/functions.ts';
import { growth } from './growth/growth.ts';
import { lateness } from './lateness/lateness.ts';
import { hot, spread } from './log/compare.ts';
import { exact } from './log/exact.ts';
import { flat } from './log/flat.ts';
import { inside } from './log/inside.ts';
import { server } from './server/server.ts';
import { soak } from './server/soak.ts';

/** Every bench by its name. */
export const benches: Bench[] = [
  ...[hot, spread, exact, flat, inside],
  ...[server, soak, csv, growth, lateness, functions],
  ...[figures, docs],
];

/** What runs without a name. */
export const DEFAULT = 'hot';

/** What `all` measures, in this order; `figures` and `docs` follow from them. */
export const MEASURED = [
  ...['inside', 'hot', 'flat', 'exact', 'spread'],
  ...['server', 'csv', 'growth', 'lateness', 'functions'],
];

export class UnknownBenchError extends Error {
  override readonly name = 'UnknownBenchError';

  constructor(name: string) {
    super(`There is no bench "${name}"; there are ${benches.map((bench) => bench.name).join(', ')} and all.`);
  }
}

/** @throws UnknownBenchError */
export function find(name: string): Bench {
  const bench = benches.find((each) => each.name === name);
  if (!bench) throw new UnknownBenchError(name);
  return bench;
}
