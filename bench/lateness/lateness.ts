import { setTimeout as pause } from 'node:timers/promises';
import type { Bench, Found, Section } from '../bench.ts';
import { p99, quantile } from '../log/statistics.ts';
import { type Asking, askingOf, batchesOf, until } from '../server/asking.ts';
import { dropAtOnce, dropSteadily } from '../server/dropping.ts';
import { makePlace, type Place, ROUTES, startServer } from '../server/running.ts';

const WINDOW_SECONDS = 3;
const LOAD_PER_SECOND = 500;

const LATE_ROUTES = `${ROUTES}
  late:
    bucket: landing
    prefix: late/{window}/
    batch: { count: 100, window: ${WINDOW_SECONDS}s }
    queue: dedicated
`;

/** How late the windows of a server closed, in a situation. */
export interface LateRow {
  server: string;
  /** ms, ascending. */
  late: number[];
  /** Windows that closed before their deadline. */
  early: number;
}

export const lateness: Bench = {
  name: 'lateness',
  about: 'how late windows close on a laptop, idle and while files arrive',
  async run({ quick, say }): Promise<Found> {
    const windows = quick ? 60 : 500;
    const place = await makePlace(LATE_ROUTES);
    const server = await startServer(place);
    const asking = askingOf(server);
    try {
      const rows: LateRow[] = [];
      say(`${windows} windows of ${WINDOW_SECONDS} s, nothing else to do`);
      rows.push({ server: 'idle', ...(await closeAll(place, asking, 'idle', windows)) });
      say(`the same while ${LOAD_PER_SECOND} files a second arrive`);
      const load = dropSteadily(place.root, LOAD_PER_SECOND, (file) => `flood/${file % 100}/${file}.txt`);
      rows.push({
        server: `${LOAD_PER_SECOND} files/s`,
        ...(await closeAll(place, asking, 'busy', windows)),
      });
      await load.stop();
      return { sections: [lateSection(rows)], rows };
    } finally {
      asking.close();
      await server.stop();
      await place.remove();
    }
  },
};

/** Opens windows one by one, each with one file, and reads from their batches how late they closed. */
async function closeAll(
  { root }: Place,
  asking: Asking,
  name: string,
  windows: number,
): Promise<Omit<LateRow, 'server'>> {
  for (let window = 0; window < windows; window += 1) {
    await dropAtOnce(root, `late/${name}-${window}/only.txt`);
    await pause(40);
  }
  const batches = await until(
    async () => (await batchesOf(asking, 'late')).filter(({ partition }) => partition.startsWith(name)),
    (found) => found.length >= windows,
    { everyMs: 500 },
  );
  const late = batches.map(({ latenessMs }) => latenessMs).sort((a, b) => a - b);
  const early = batches.filter(({ closedAt, deadline }) => closedAt < Date.parse(deadline)).length;
  return { late, early };
}

function lateSection(rows: LateRow[]): Section {
  return {
    title: 'Lateness on a laptop',
    text: `Windows of ${WINDOW_SECONDS} s, each in a partition of its own with one file, opened one after another; nothing arrives in them any more, so that their timer alone closes them. Lateness is the time from the deadline to the commit that closed the window, as stored with each batch.`,
    head: ['server', 'windows', 'closed early', 'p50 ms', 'p90 ms', 'p99 ms', 'longest ms'],
    rows: rows.map(({ server, late, early }) => [
      server,
      late.length,
      early,
      ...[quantile(late, 0.5), quantile(late, 0.9), p99(late), quantile(late, 1)],
    ]),
    notes: ['The files of the load are written by the process that measures, on the same processors.'],
  };
}
