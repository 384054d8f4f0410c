import { setTimeout as pause } from 'node:timers/promises';
import { type BatchRow, openWorld, type World } from '../../test/e2e/world.ts';
import type { Bench, Found, Section } from '../bench.ts';
import { until } from '../server/asking.ts';
import { quantile } from '../server/figures.ts';
import type { LateRow } from './lateness.ts';

/** The route `timed` of the end-to-end stack: windows of 4 s, a queue of its own. */
const ROUTE = 'timed';

export const latenessAws: Bench = {
  name: 'lateness-aws',
  about: 'how late windows close in the stack for AWS, deployed to an emulator',
  async run({ quick, say }): Promise<Found> {
    const windows = quick ? 10 : 60;
    say('the stack is deployed to the emulator');
    const world = await openWorld();
    try {
      // The first one starts the functions; that is not what is measured.
      await world.putAll([`${ROUTE}/warm-up/1.csv`]);
      await closed(world, 'warm-up', 1);
      say(`${windows} windows of 4 s`);
      for (let window = 0; window < windows; window += 1) {
        await world.put(`${ROUTE}/window-${window}/1.csv`);
        await pause(500);
      }
      const row = rowOf(await closed(world, 'window-', windows));
      return { sections: [sectionOf(row)], rows: [row] };
    } finally {
      await world.close();
    }
  },
};

function closed(world: World, prefix: string, count: number): Promise<BatchRow[]> {
  return until(
    async () => (await world.batches(ROUTE)).filter(({ partition }) => partition.startsWith(prefix)),
    (found) => found.length >= count,
    { everyMs: 1_000, withinMs: 240_000 },
  );
}

function rowOf(batches: BatchRow[]): LateRow {
  const late = batches
    .map(({ deadline, closedAt }) => Date.parse(closedAt) - Date.parse(deadline))
    .sort((a, b) => a - b);
  return { server: 'AWS, emulated', late, early: late.filter((ms) => ms < 0).length };
}

function sectionOf({ late, early }: LateRow): Section {
  return {
    title: 'Lateness of the stack for AWS, on an emulator',
    text: 'The real stack, deployed to MiniStack on this machine: notice, queue, function, table, delayed message, function. Windows of 4 s on a route with a queue of its own, one file each, one every half second.',
    head: ['windows', 'closed early', 'p50 ms', 'p90 ms', 'p99 ms', 'longest ms'],
    rows: [[late.length, early, ...[0.5, 0.9, 0.99, 1].map((share) => quantile(late, share))]],
    notes: [
      'The emulator’s queues look for delayed messages in steps of its own, so this shows the order of magnitude and that nothing closes early, not what AWS will do.',
      'Windows over 15 minutes, whose first leg is a schedule, were not exercised here.',
    ],
  };
}
