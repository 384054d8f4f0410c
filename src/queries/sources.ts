import type { Clock } from '../core/clock.ts';
import type { Limits, Location } from '../core/policy.ts';
import type { Router } from '../routes/router.ts';
import type { Ports } from '../service/ports.ts';
import type { FillOrder } from './fill-order.ts';

/** What questions are answered from. Nothing here is ever written to. */
export interface Sources {
  ports: Pick<Ports, 'log' | 'projections' | 'flushes' | 'executions' | 'objects'>;
  router: Router;
  routes: RouteFacts[];
  clock: Pick<Clock, 'now'>;
  /** For a key that no route matches: the route that comes nearest and why it does not match, as a sentence. */
  nearest(object: { bucket: string; key: string }): string | null;
  /** How often reconcile runs (ms): the longest that a lost timer goes unnoticed. */
  reconcileEveryMs: number;
  /** Where every commit passes through this process: spares reading all logs to sort windows by fill. */
  fill?: Pick<FillOrder, 'count' | 'learn'>;
}

/** A configured route as it is shown. */
export interface RouteFacts {
  name: string;
  bucket: string;
  /** The pattern, `partners/{partner}/`. */
  prefix: string;
  suffixes: string[];
  limits: Limits;
  pipeline: string;
  /** Of the pipeline. */
  stateMachineArn: string;
  policyVersion: string;
  output?: Location;
  schedules: ScheduleFacts[];
  /** Whether folder markers count as events here. */
  countsFolderMarkers: boolean;
}

/** One cron flush of a route. */
export interface ScheduleFacts {
  cron: string;
  timezone: string;
  /** Windows with fewer events stay open at a tick. */
  minEvents: number;
  /** The first tick after an instant (ms), or null if there is none. */
  next(after: number): number | null;
  /** The last tick before an instant (ms), or null. */
  previous(before: number): number | null;
}

/** Whether a route's pattern has variables, and so more than one partition. */
export function hasPartitions(route: Pick<RouteFacts, 'prefix'>): boolean {
  return route.prefix.includes('{');
}

export function factsOf(sources: Sources, route: string): RouteFacts | null {
  return sources.routes.find(({ name }) => name === route) ?? null;
}
