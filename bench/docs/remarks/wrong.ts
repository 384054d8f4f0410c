import type { Results } from '../../figures/figures.ts';
import type { Row } from '../../log/interleaved.ts';
import { barePut } from '../../log/strategies/floor.ts';

/** What a strategy got wrong, over all its measurements of a kind. */
export interface Wrong {
  strategy: string;
  events: number;
  lost: number;
  doubled: number;
  wrongSized: number;
}

/** Benches whose rows say what was read back. */
const COUNTED = ['hot', 'spread', 'exact'];

/** What went wrong by strategy: in all measurements in which every process lived, and in those in which some died. */
export function wrongs(results: Results): { alive: Wrong[]; dying: Wrong[] } {
  const rows = COUNTED.flatMap((name) => (results.get(name)?.rows ?? []) as readonly Row[]).filter(
    ({ strategy }) => strategy !== barePut.name,
  );
  return {
    alive: byStrategy(rows.filter(({ died }) => died === 0)),
    dying: byStrategy(rows.filter(({ died }) => died > 0)),
  };
}

export function isWrong({ lost, doubled, wrongSized }: Wrong): boolean {
  return lost + doubled + wrongSized > 0;
}

function byStrategy(rows: readonly Row[]): Wrong[] {
  return [...Map.groupBy(rows, ({ strategy }) => strategy)].map(([strategy, own]) => {
    const sum = (pick: (row: Row) => number) => own.reduce((total, row) => total + pick(row), 0);
    return {
      strategy,
      events: sum(({ events }) => events),
      lost: sum(({ tally }) => tally.lost),
      doubled: sum(({ tally }) => tally.doubled),
      wrongSized: sum(({ tally }) => tally.wrongSized),
    };
  });
}
