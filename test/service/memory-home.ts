import type { Announcement } from '../../src/announcements/announcements.ts';
import type { Command } from '../../src/commands/commands.ts';
import type { ObjectEvent } from '../../src/core/event.ts';
import { type Limits, type Policy, policyOf } from '../../src/core/policy.ts';
import { memoryExecutions } from '../../src/executions/memory.ts';
import { memoryFlushes } from '../../src/flushes/memory.ts';
import type { Log } from '../../src/log/log.ts';
import { memoryLog } from '../../src/log/memory.ts';
import type { Objects } from '../../src/objects/objects.ts';
import { memoryProjections } from '../../src/projections/memory.ts';
import { createService } from '../../src/service/create-service.ts';
import type { Observation } from '../../src/service/observation.ts';
import type { ServiceOptions } from '../../src/service/options.ts';
import type { Ports } from '../../src/service/ports.ts';
import type { Deadline } from '../../src/timers/timers.ts';

export const START = Date.parse('2026-01-05T08:00:00Z');
export const HOUR = 3_600_000;

/**
 * The real service on in-memory drivers, with a clock that stands still until a test moves it. Timers and commands
 * are lists that a test looks into and delivers from.
 */
export function memoryHome(limits: Partial<Limits> = {}) {
  const time = { now: START };
  const clock = { now: () => time.now, sleep: async () => {}, random: () => 0.5 };
  const armed: Deadline[] = [];
  const sent: Command[] = [];
  const announced: Announcement[] = [];
  const observed: Observation[] = [];
  const written = new Map<string, string>();
  const log = memoryLog();
  const projections = memoryProjections();
  const executions = memoryExecutions({ clock });
  const ports: Ports = {
    log,
    projections,
    executions,
    flushes: memoryFlushes(),
    timers: { arm: async (deadline) => void armed.push(deadline) },
    commands: { send: async (command) => void sent.push(command) },
    announcements: { announce: async (announcement) => void announced.push(announcement) },
    objects: writeOnly(written),
    observe: (observation) => void observed.push(observation),
  };
  const routes = { policy: policy(limits) as Policy | null };
  const router = {
    route: ({ key }: { key: string }) => routed(key),
    policy: () => routes.policy,
    names: () => ['sales'],
  };
  return {
    time,
    ports,
    armed,
    sent,
    announced,
    observed,
    written,
    executions,
    routes,
    /** Another process on the same drivers; `replaced` stands in front of some of them. */
    process(replaced: Partial<Ports> = {}, options: Partial<ServiceOptions> = {}) {
      // Real time for effects to be done in: a clock whose sleeps end at once would time every effect out.
      const patient = {
        ...clock,
        sleep: (ms: number) => (ms >= 1000 ? new Promise<void>(() => {}) : Promise.resolve()),
      };
      return createService({ ...ports, ...replaced }, router, patient, {
        manifestBucket: 'manifests',
        ...options,
      });
    },
    async batches(partition = '') {
      return (await allRecords(log, partition)).flatMap(({ closed }) => closed);
    },
    async events(partition = '') {
      return (await allRecords(log, partition)).flatMap(({ events }) => events);
    },
    async openWindow(partition = '') {
      return (await log.tail({ route: 'sales', partition }))?.state.window ?? null;
    },
  };
}

export function policy(limits: Partial<Limits> = {}): Policy {
  const pipeline = { name: 'process-files', stateMachineArn: 'arn:aws:states:eu-central-1:1:stateMachine:p' };
  return policyOf({ limits: { count: 100, windowMs: HOUR, ...limits }, pipeline });
}

/** Events that arrived at `at`, told apart by `from`, `from + 1` and so on. */
export function files(count: number, at = START, from = 0, folder = 'in/'): ObjectEvent[] {
  return Array.from({ length: count }, (_, index) => ({
    bucket: 'landing',
    key: `${folder}${from + index}.csv`,
    size: 10,
    etag: 'e',
    sequencer: (from + index + 1).toString(16),
    time: at,
    arrival: at,
  }));
}

/** `partners/<name>/…` has a partition per partner; `nowhere/` matches nothing. */
function routed(key: string) {
  if (key.startsWith('nowhere/')) return null;
  return { route: 'sales', partition: /^partners\/([^/]+)\//.exec(key)?.[1] ?? '' };
}

async function allRecords(log: Log, partition: string) {
  return log.readForward({ route: 'sales', partition }, 1, 100_000);
}

function writeOnly(written: Map<string, string>): Objects {
  const refuse = () => {
    throw new Error('The service only writes objects.');
  };
  return {
    head: refuse,
    read: refuse,
    toFile: refuse,
    fromFile: refuse,
    list: refuse,
    remove: refuse,
    write: async ({ bucket, key }, content) => void written.set(`${bucket}/${key}`, String(content)),
  };
}
