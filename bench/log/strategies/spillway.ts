import type { PartitionKey } from '../../../src/core/window.ts';
import type { StartRequest } from '../../../src/executions/executions.ts';
import { dynamoLog } from '../../../src/log/dynamodb.ts';
import type { Log } from '../../../src/log/log.ts';
import { dynamoProjections } from '../../../src/projections/dynamodb.ts';
import { memoryProjections } from '../../../src/projections/memory.ts';
import type { Projections } from '../../../src/projections/projections.ts';
import { policyFor } from '../workload.ts';
import { serviceOnLog } from './service.ts';
import type { Ground, Opened, Outcome, Strategy } from './strategy.ts';

export const ROUTE = 'sales';

/** The service over the DynamoDB log; a process per caller, as concurrent Lambda functions are. */
export const log = spillway('log', 'one conditional put per micro-batch', {});

/** All callers in one process: those that wait share the next put. */
export const logShared = spillway('log, one process', 'the same; waiting callers share the next put', {
  oneProcess: true,
});

/** With the items for listing, and the report that each execution ended. */
export const everythingWritten = spillway('log + all items', 'the same with all that the product writes', {
  projected: true,
});

interface Choice {
  oneProcess?: boolean;
  projected?: boolean;
}

function spillway(name: string, how: string, choice: Choice): Strategy {
  return {
    name,
    how,
    transactions: false,
    open(ground): Opened {
      const world: World = {
        ground,
        choice,
        projections: memoryProjections(),
        started: new Map(),
        reports: new Set(),
      };
      const single = choice.oneProcess ? serviceIn(world) : null;
      return {
        writer() {
          const { service, reported } = single ?? serviceIn(world);
          return {
            async count(events) {
              await service.append(events);
              await reported();
            },
          };
        },
        async outcome() {
          await Promise.allSettled(world.reports);
          return outcomeOf(world);
        },
      };
    },
  };
}

/** What the processes of one measurement share. */
interface World {
  ground: Ground;
  choice: Choice;
  projections: Projections;
  /** Executions by their name, and how many events their input says. */
  started: Map<string, number>;
  /** Reports of ended executions on their way. */
  reports: Set<Promise<void>>;
}

const REPORTS_WAITING_MAX = 64;

/** A process: a service of its own on a connection of its own. Only what DynamoDB is asked for is real. */
function serviceIn(world: World) {
  const { ground, choice, started, reports } = world;
  const table = ground.connect();
  const ended: StartRequest[] = [];
  const service = serviceOnLog(dynamoLog(table), policyFor(ground.batchEvents), {
    route: ROUTE,
    partitionOf: ground.partitionOf,
    projections: choice.projected ? dynamoProjections(table) : world.projections,
    start(request) {
      const already = started.has(request.name);
      if (choice.projected && !already) ended.push(request);
      started.set(request.name, Number(/"count":(\d+)/.exec(request.input)?.[1]));
      return already;
    },
  });

  /** Tells the service that executions ended. On AWS another function does this, so callers do not wait for it. */
  async function reported(): Promise<void> {
    for (const { name, input } of ended.splice(0)) {
      const report = service.executionReported({
        name,
        input,
        status: 'succeeded',
        startedAt: Date.now(),
        redrives: 0,
        endedAt: Date.now(),
      });
      reports.add(report);
      void report.then(
        () => reports.delete(report),
        () => {},
      );
    }
    if (reports.size > REPORTS_WAITING_MAX) await Promise.all(reports);
  }

  return { service, reported };
}

/** Reads the log from its start. A batch whose execution did not start, or not with all its events, counts as none. */
async function outcomeOf({ ground, started }: World): Promise<Outcome> {
  const table = ground.connect();
  const batches: string[][] = [];
  const open: string[] = [];
  for (const partition of ground.partitions) {
    const { closed, waiting } = await replay(dynamoLog(table), { route: ROUTE, partition }, started);
    batches.push(...closed);
    open.push(...waiting);
  }
  return { kind: 'members', batches, open };
}

async function replay(log: Log, key: PartitionKey, started: Map<string, number>) {
  const closed: string[][] = [];
  let waiting: string[] = [];
  for (let from = 1; ; ) {
    const records = await log.readForward(key, from, 1000);
    const last = records.at(-1);
    if (last === undefined) return { closed, waiting };
    from = last.seq + 1;
    for (const record of records) {
      let offset = record.state.next - record.events.length - waiting.length;
      waiting.push(...record.events.map((event) => event.key));
      for (const batch of record.closed) {
        const members = waiting.slice(0, batch.to - offset);
        waiting = waiting.slice(members.length);
        offset = batch.to;
        closed.push(started.get(batch.id) === members.length ? members : []);
      }
    }
  }
}
