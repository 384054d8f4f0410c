import { join } from 'node:path';
import type { ObjectEvent } from '../../src/core/event.ts';
import { embeddedExecutions } from '../../src/executions/embedded.ts';
import { loadPipelines } from '../../src/executions/pipelines.ts';
import { dynamoFlushes } from '../../src/flushes/dynamodb.ts';
import { dynamoLog } from '../../src/log/dynamodb.ts';
import { folderObjects } from '../../src/objects/folder.ts';
import { dynamoProjections } from '../../src/projections/dynamodb.ts';
import { readLocalRoutes } from '../../src/routes/local-routes.ts';
import { createService } from '../../src/service/create-service.ts';
import type { Service } from '../../src/service/service.ts';
import { openEmbeddedTable } from '../../src/table/embedded.ts';
import { systemClock } from '../../src/timers/system-clock.ts';
import type { Place } from './running.ts';

/** What a server finds when it starts. */
export interface History {
  /** Events in the log, half of them in open windows, half in batches of 100. */
  events: number;
  /** Partitions with an open window. */
  partitions: number;
}

const GROUP = 250;
const AT_ONCE = 16;

/**
 * Writes a history into a place as the server itself would have: the same service over the same table, executions
 * run and kept. The files are not there any more, as where a pipeline has taken them away.
 */
export async function writeHistory(place: Place, { events, partitions }: History): Promise<void> {
  const state = join(place.root, '.spillway');
  const table = await openEmbeddedTable({ folder: join(state, 'table') });
  const pipelines = await loadPipelines(join(place.folder, 'pipelines'));
  const { router } = await readLocalRoutes(place.routes, [...pipelines.keys()], systemClock.now());
  const objects = folderObjects({ root: place.root });
  const nothing = async () => {};
  const executions = embeddedExecutions({
    pipelines,
    folder: join(state, 'executions'),
    objects,
    clock: systemClock,
    report: (report) => service.executionReported(report),
    concurrency: AT_ONCE,
  });
  const service: Service = createService(
    {
      log: dynamoLog(table),
      projections: dynamoProjections(table),
      flushes: dynamoFlushes(table),
      timers: { arm: nothing },
      commands: { send: nothing },
      executions,
      announcements: { announce: nothing },
      objects,
      observe: () => {},
    },
    router,
    systemClock,
    { manifestBucket: '.spillway' },
  );
  try {
    await openWindows(service, partitions, Math.floor(events / 2 / partitions));
    for (let file = 0; file < events / 2; file += GROUP) {
      await service.append(Array.from({ length: GROUP }, (_, index) => eventOf(`flood/${file + index}.csv`)));
    }
  } finally {
    await executions.stop(60_000);
    await table.close();
  }
}

async function openWindows(service: Service, partitions: number, each: number): Promise<void> {
  const queue = Array.from({ length: partitions }, (_, partition) => partition).values();
  const work = async () => {
    for (const partition of queue) {
      const name = `open/partner-${String(partition).padStart(6, '0')}`;
      await service.append(Array.from({ length: each }, (_, file) => eventOf(`${name}/part-${file}.csv`)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** Files as the folder's watcher tells of them: times of their own, nothing random. */
let clock = 0;
function eventOf(key: string): ObjectEvent {
  clock += 1;
  const now = Date.now();
  const nanoseconds = BigInt(now) * 1_000_000n + BigInt(clock % 1_000_000);
  const write = `${nanoseconds.toString(16).padStart(16, '0')}${(1000 + (clock % 9000)).toString(16)}`;
  return {
    bucket: 'landing',
    key,
    size: 1000 + (clock % 9000),
    etag: write,
    sequencer: write,
    time: now,
    arrival: now,
  };
}
