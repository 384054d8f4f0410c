import type { Bench } from './bench.ts';

/** Every bench by its name; loaded when asked for, so that one needs nothing of the others. */
const LOADERS: Readonly<Record<string, () => Promise<Bench>>> = {
  hot: async () => (await import('./log/compare.ts')).hot,
  spread: async () => (await import('./log/compare.ts')).spread,
  exact: async () => (await import('./log/exact.ts')).exact,
  flat: async () => (await import('./log/flat.ts')).flat,
  inside: async () => (await import('./log/inside.ts')).inside,
  server: async () => (await import('./server/server.ts')).server,
  soak: async () => (await import('./server/soak.ts')).soak,
  csv: async () => (await import('./csv/csv.ts')).csv,
  growth: async () => (await import('./growth/growth.ts')).growth,
  lateness: async () => (await import('./lateness/lateness.ts')).lateness,
  'lateness-aws': async () => (await import('./lateness/aws.ts')).latenessAws,
  functions: async () => (await import('./functions/functions.ts')).functions,
  figures: async () => (await import('./figures/figures.ts')).figures,
  docs: async () => (await import('./docs/docs.ts')).docs,
};

/** The names of all. */
export const BENCHES = Object.keys(LOADERS);

/** What runs without a name. */
export const DEFAULT = 'hot';

/** What `all` measures, in this order; the soak only where it is told how long. `figures` and `docs` follow from them. */
export const MEASURED = [
  ...['inside', 'hot', 'flat', 'exact', 'spread'],
  ...['server', 'csv', 'growth', 'lateness', 'lateness-aws', 'functions'],
];

export class UnknownBenchError extends Error {
  override readonly name = 'UnknownBenchError';

  constructor(name: string) {
    super(`There is no bench "${name}"; there are ${BENCHES.join(', ')} and all.`);
  }
}

/** @throws UnknownBenchError */
export function find(name: string): Promise<Bench> {
  const load = LOADERS[name];
  if (!load) throw new UnknownBenchError(name);
  return load();
}

export function benches(): Promise<Bench[]> {
  return Promise.all(Object.values(LOADERS).map((load) => load()));
}
