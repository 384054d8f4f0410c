import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Bench, Found } from '../bench.ts';
import { median } from '../log/statistics.ts';
import { growthSections } from './sections.ts';
import type { Grown, Work } from './work.ts';

const run = promisify(execFile);

export const growth: Bench = {
  name: 'growth',
  about: 'windows, logs, partitions and a backlog a thousand times as large: which cost grows?',
  async run({ quick, say }): Promise<Found> {
    const lines = works(quick).map((work) => ({ work, runs: [] as Grown[] }));
    // In turn, so that what disturbs the machine for a while disturbs several lines.
    for (let time = 1; time <= (quick ? 1 : TIMES); time += 1) {
      for (const { work, runs } of lines.filter((line) => time === 1 || line.work.size <= SEVERAL_UP_TO)) {
        const began = performance.now();
        const row = await alone(work);
        runs.push(row);
        const seconds = ((performance.now() - began) / 1_000).toFixed(1);
        say(`${work.what} · ${row.wcu.toFixed(3)} WCU, ${row.cpuUs.toFixed(1)} µs an event · ${seconds} s`);
      }
    }
    const rows = lines.map(({ runs }) => middleOf(runs));
    return { sections: growthSections(rows, quick), rows };
  },
};

/** Above it a line is measured long enough for one process to tell. */
const SEVERAL_UP_TO = 10_000;
const TIMES = 3;

/** The one that took the middle of the processor time. */
export function middleOf(runs: readonly Grown[]): Grown {
  const middle = median(runs.map(({ cpuUs }) => cpuUs));
  const found = runs.find(({ cpuUs }) => cpuUs === middle);
  if (!found) throw new Error('Nothing was measured.');
  return found;
}

function works(quick: boolean): Work[] {
  const shown = (size: number) => size.toLocaleString('en-US');
  return [
    ...[100, 1_000, 10_000].map((size): Work => {
      const events = quick ? 20_000 : 200_000;
      return { grows: 'window', what: `window of ${shown(size)}`, size, events, group: 100, count: size };
    }),
    ...[100, 10_000, quick ? 50_000 : 1_000_000].map((size): Work => {
      const what = `log of ${shown(size)} records`;
      return { grows: 'log', what, size, events: 20_000, group: 10, count: 100, before: size };
    }),
    ...[1, 1_000, quick ? 10_000 : 100_000].map((size): Work => {
      const what = size === 1 ? '1 partition' : `${shown(size)} partitions`;
      const [events, group] = [Math.max(20_000, 2 * size), Math.min(size, 100)];
      return { grows: 'partitions', what, size, events, group, count: 100, partitions: size };
    }),
    backlog(quick ? 200_000 : 8_000_000, `backlog of ${quick ? '200,000' : '8 million'}`),
  ];
}

const BACKLOG_MS = 8 * 3_600_000;

/** As after an outage: what arrived in eight hours is received now, in messages as ingest gets them at most. */
function backlog(events: number, what: string): Work {
  return { grows: 'backlog', what, size: events, events, group: 1_000, count: 100, agedMs: BACKLOG_MS };
}

async function alone(work: Work): Promise<Grown> {
  const file = join(import.meta.dirname, 'one.ts');
  const flags = ['--expose-gc', '--max-old-space-size=6144'];
  const { stdout } = await run(process.execPath, [...flags, file, JSON.stringify(work)]);
  return JSON.parse(stdout) as Grown;
}
