import type { ObjectEvent } from '../../../src/core/event.ts';
import type { Policy } from '../../../src/core/policy.ts';
import type { StartRequest } from '../../../src/executions/executions.ts';
import { memoryFlushes } from '../../../src/flushes/memory.ts';
import type { Log } from '../../../src/log/log.ts';
import { memoryProjections } from '../../../src/projections/memory.ts';
import type { Projections } from '../../../src/projections/projections.ts';
import { createService } from '../../../src/service/create-service.ts';
import type { Ports } from '../../../src/service/ports.ts';
import type { Service } from '../../../src/service/service.ts';
import { systemClock } from '../../../src/timers/system-clock.ts';

interface Around {
  route: string;
  partitionOf(event: ObjectEvent): string;
  projections: Projections;
  /** Notes the start of an execution; says whether it was started before. */
  start(request: StartRequest): boolean;
}

const nothing = async () => {};

/** The product's service over a log. Executions are noted; timers, commands and announcements go nowhere. */
export function serviceOnLog(log: Log, policy: Policy, around: Partial<Around> = {}): Service {
  const { route = 'sales', partitionOf = () => '', projections = memoryProjections() } = around;
  const ports: Ports = {
    log,
    projections,
    flushes: memoryFlushes(),
    timers: { arm: nothing },
    commands: { send: nothing },
    executions: {
      async start(request) {
        const already = around.start?.(request) ?? false;
        return { execution: request.name, startedAt: Date.now(), already };
      },
      describe: async () => null,
      trace: async () => ({ entries: [], more: false, dropped: 0 }),
    },
    announcements: { announce: nothing },
    objects: {
      head: async () => null,
      read: async () => new Uint8Array(),
      write: nothing,
      toFile: async () => '',
      fromFile: nothing,
      list: async function* () {},
      remove: nothing,
    },
    observe: () => {},
  };
  const router = {
    route: (event: ObjectEvent) => ({ route, partition: partitionOf(event) }),
    policy: () => policy,
    names: () => [route],
  };
  return createService(ports, router, systemClock, { manifestBucket: 'manifests' });
}
