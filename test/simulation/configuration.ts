import { type Policy, policyOf } from '../../src/core/policy.ts';
import type { Router } from '../../src/routes/router.ts';
import type { History } from './history.ts';
import type { Scheduler } from './scheduler.ts';
import { BUCKET, type RouteShape } from './shape.ts';

/** The routes as they are configured now, and as each process still believes them to be. */
export interface Configuration {
  /** What a process sees that follows changes with this delay (ms). */
  routerOf(lagMs: () => number): ConfiguredRouter;
  change(route: string, change: PolicyChange): void;
  /** Gives every prefix of one route to another, or back. */
  moveRoute(from: string, to: string): void;
  /** Names of all routes that ever were. */
  names(): string[];
}

export interface ConfiguredRouter extends Router {
  /** Versions of this route's policy that were in force here within the last {@link LATELY_MS}, and the present one. */
  policyVersions(route: string): string[];
}

export interface PolicyChange {
  count?: number;
  windowMs?: number;
  pipeline?: string;
}

interface State {
  policies: Map<string, Policy>;
  /** Prefix → route. */
  prefixes: Map<string, string>;
}

const LATELY_MS = 30 * 60_000;

export function createConfiguration(
  scheduler: Scheduler,
  history: History,
  routes: RouteShape[],
): Configuration {
  const byName = new Map(routes.map((route) => [route.name, route]));
  const initial: State = { policies: new Map(), prefixes: new Map() };
  for (const route of routes) {
    const policy = policyWith(route, undefined, {});
    initial.policies.set(route.name, policy);
    initial.prefixes.set(route.prefix, route.name);
    history.policies.push({ route: route.name, policy, from: scheduler.now() });
  }
  const versions: { from: number; state: State }[] = [{ from: Number.NEGATIVE_INFINITY, state: initial }];
  const latest = () => versions.at(-1)?.state ?? initial;

  function put(state: State): void {
    versions.push({ from: scheduler.now(), state });
  }

  function routerOf(lagMs: () => number): ConfiguredRouter {
    const at = (time: number) => versions.findLast(({ from }) => from <= time)?.state ?? initial;
    const current = () => at(scheduler.now() - lagMs());
    return {
      route({ bucket, key }) {
        if (bucket !== BUCKET) return null;
        for (const [prefix, name] of current().prefixes) {
          if (!key.startsWith(prefix)) continue;
          return routedWithin(name, prefix, key, byName.get(name)?.partitions.length !== 0);
        }
        return null;
      },
      policy: (route) => current().policies.get(route) ?? null,
      names: () => [...current().policies.keys()],
      policyVersions(route) {
        const now = scheduler.now();
        const lately = versions.filter(({ from }) => from >= now - LATELY_MS - lagMs() && from <= now);
        const states = [at(now - LATELY_MS - lagMs()), ...lately.map(({ state }) => state), current()];
        return states.flatMap(({ policies }) => policies.get(route)?.version ?? []);
      },
    };
  }

  return {
    routerOf,
    change(name, change) {
      const route = byName.get(name);
      const before = latest().policies.get(name);
      if (!route || !before) return;
      const policy = policyWith(route, before, change);
      const policies = new Map(latest().policies).set(name, policy);
      history.policies.push({ route: name, policy, from: scheduler.now() });
      put({ ...latest(), policies });
    },
    moveRoute(from, to) {
      const prefixes = new Map(
        [...latest().prefixes].map(([prefix, name]) => [prefix, name === from ? to : name]),
      );
      put({ ...latest(), prefixes });
    },
    names: () => [...byName.keys()],
  };
}

function routedWithin(route: string, prefix: string, key: string, partitioned: boolean) {
  if (!partitioned) return { route, partition: '' };
  const rest = key.slice(prefix.length);
  const slash = rest.indexOf('/');
  return slash <= 0 ? null : { route, partition: rest.slice(0, slash) };
}

function policyWith(route: RouteShape, before: Policy | undefined, change: PolicyChange): Policy {
  const { count, windowMs } = change;
  const limits = { ...(before?.limits ?? route.limits) };
  if (count !== undefined) limits.count = count;
  if (windowMs !== undefined) limits.windowMs = windowMs;
  const name = change.pipeline ?? before?.pipeline.name ?? 'process-files';
  return policyOf({
    limits,
    pipeline: { name, stateMachineArn: `arn:aws:states:eu-west-1:111122223333:stateMachine:${name}` },
    output: { bucket: 'curated', prefix: `${route.name}/` },
  });
}
