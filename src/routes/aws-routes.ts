import { readFile } from 'node:fs/promises';
import type { PipelineRef } from '../core/policy.ts';
import type { RouteFacts } from '../queries/sources.ts';
import type { Bucket, BucketNames, Configuration, PipelineSetting } from './configuration.ts';
import { type ConfiguredRouter, createRouter } from './create-router.ts';
import { nearestRoute } from './nearest-route.ts';
import { unpackRoutes } from './packed.ts';
import { routeFacts } from './route-facts.ts';

/** routes.yml as the stack uses it: buckets have the names that they got, pipelines are state machines. */
export interface AwsRoutes {
  configuration: Configuration;
  router: ConfiguredRouter;
  /** Buckets by their own names. */
  facts: RouteFacts[];
  nearest(object: { bucket: string; key: string }): string | null;
}

/** What the stack made of names in routes.yml. */
export interface Deployed {
  /** Name in routes.yml → the bucket's name. */
  buckets: Readonly<Record<string, string>>;
  /** Pipeline name → ARN of its state machine. */
  pipelines: Readonly<Record<string, string>>;
}

/** routes.yml names something that the stack has no counterpart for: the two were not deployed together. */
export class NotDeployedError extends Error {
  override readonly name = 'NotDeployedError';
  readonly kind: 'bucket' | 'pipeline';
  readonly missing: string;

  constructor(kind: 'bucket' | 'pipeline', missing: string) {
    super(
      `routes.yml names the ${kind} "${missing}", but the stack says nothing of it. Deploy the stack again: ` +
        'routes.yml and what it names are deployed together.',
    );
    this.kind = kind;
    this.missing = missing;
  }
}

/**
 * Reads what was packaged with the function of routes.yml.
 * @throws RoutesPackedError, NotDeployedError
 */
export async function readAwsRoutes(file: string, deployed: Deployed): Promise<AwsRoutes> {
  const configuration = unpackRoutes(await readFile(file, 'utf8'), file);
  const bucketNames: BucketNames = ({ name, existing }: Bucket) => {
    const found = deployed.buckets[name] ?? existing;
    if (found === undefined) throw new NotDeployedError('bucket', name);
    return found;
  };
  const router = createRouter(configuration, (setting) => pipelineOf(setting, deployed), bucketNames);
  const outside = new Map(configuration.buckets.map((bucket) => [bucket.name, bucketNames(bucket)]));
  return {
    configuration,
    router,
    facts: routeFacts(configuration, router).map((facts) => ({
      ...facts,
      bucket: outside.get(facts.bucket) ?? facts.bucket,
    })),
    nearest: (object) => nearestRoute(configuration, object, bucketNames)?.sentence ?? null,
  };
}

/** A state machine that existed before is called by the last part of its ARN. */
function pipelineOf(setting: PipelineSetting, { pipelines }: Deployed): PipelineRef {
  if ('stateMachineArn' in setting) {
    const { stateMachineArn } = setting;
    return { name: stateMachineArn.slice(stateMachineArn.lastIndexOf(':') + 1), stateMachineArn };
  }
  const stateMachineArn = pipelines[setting.name];
  if (stateMachineArn === undefined) throw new NotDeployedError('pipeline', setting.name);
  return { name: setting.name, stateMachineArn };
}
