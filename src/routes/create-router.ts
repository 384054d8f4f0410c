import { type PipelineRef, type Policy, policyOf } from '../core/policy.ts';
import {
  type Bucket,
  type BucketNames,
  bucketNameAsWritten,
  type Configuration,
  type PipelineSetting,
  type Route,
} from './configuration.ts';
import type { Router } from './router.ts';
import { routingTable } from './routing-table.ts';

/** A {@link Router} over routes.yml that also shows its routes. */
export interface ConfiguredRouter extends Router {
  /** The route by this name as it is configured; null when there is none. */
  find(route: string): Route | null;
}

/**
 * Routes events by routes.yml.
 *
 * @param resolvePipeline says which state machine a route's pipeline is; whatever it throws comes out here
 * @param bucketNames says what the buckets of routes.yml are called in events and outputs
 */
export function createRouter(
  configuration: Configuration,
  resolvePipeline: (pipeline: PipelineSetting) => PipelineRef,
  bucketNames: BucketNames = bucketNameAsWritten,
): ConfiguredRouter {
  const { buckets, routes } = configuration;
  const byName = new Map(routes.map((route) => [route.name, route]));
  const outside = new Map(buckets.map((bucket: Bucket) => [bucket.name, bucketNames(bucket)]));
  const nameOf = (bucket: string) => outside.get(bucket) ?? bucket;
  const tables = new Map(
    [...Map.groupBy(routes, (route) => nameOf(route.bucket))].map(([bucket, group]) => [
      bucket,
      routingTable(group),
    ]),
  );
  const policies = new Map(
    routes.map((route) => [route.name, routePolicy(route, resolvePipeline(route.pipeline), nameOf)]),
  );
  return {
    route({ bucket, key }) {
      const match = tables.get(bucket)?.find(key) ?? null;
      if (match === null) return null;
      const { route, partition } = match;
      const routed = { route: route.name, partition };
      return route.folderMarkers === 'count' ? { ...routed, countsFolderMarkers: true } : routed;
    },
    policy: (route) => policies.get(route) ?? null,
    names: () => [...byName.keys()],
    find: (route) => byName.get(route) ?? null,
  };
}

function routePolicy(route: Route, pipeline: PipelineRef, nameOf: (bucket: string) => string): Policy {
  const { limits, output, csv, parameters } = route;
  return policyOf({
    limits,
    pipeline,
    ...(output === undefined ? {} : { output: { bucket: nameOf(output.bucket), prefix: output.prefix } }),
    ...(csv === undefined ? {} : { csv }),
    ...(parameters === undefined ? {} : { parameters }),
  });
}
