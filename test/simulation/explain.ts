import type { Simulation } from './simulation.ts';

const VIOLATIONS_SHOWN = 20;
const TAIL_SHOWN = 80;

/** Everything that a failed seed stands for, and how to see it again. */
export function explain({ shape, fired, hash, violations, tail, stats }: Simulation): string {
  const { faults, ...options } = shape;
  const table = Object.entries(faults).map(
    ([kind, rate]) =>
      `  ${kind.padEnd(34)} rate ${rate.toPrecision(3).padEnd(10)} fired ${fired.get(kind as never) ?? 0}`,
  );
  const { lateness: _lateness, ...figures } = stats;
  return [
    `Seed ${shape.seed} broke ${violations.length} promises (trace ${hash}):`,
    ...violations.slice(0, VIOLATIONS_SHOWN).map((violation) => `  ${violation}`),
    'It expanded to:',
    JSON.stringify(options, null, 2),
    'Faults:',
    ...table,
    `Figures: ${JSON.stringify(figures)}`,
    'The last of the schedule:',
    ...tail.slice(-TAIL_SHOWN).map((line) => `  ${line}`),
    `Replay: npm run simulate -- --seed ${shape.seed} --verbose`,
  ].join('\n');
}
