import { readFile } from 'node:fs/promises';
import type { PipelineRef } from '../core/policy.ts';
import type { RouteFacts } from '../queries/sources.ts';
import { bucketNameAsWritten, type Configuration, type PipelineSetting } from './configuration.ts';
import { type ConfiguredRouter, createRouter } from './create-router.ts';
import { nearestRoute } from './nearest-route.ts';
import { parseRoutes } from './parse.ts';
import { routeFacts } from './route-facts.ts';

/** routes.yml as a laptop uses it: buckets are folders, pipelines run in this process. */
export interface LocalRoutes {
  configuration: Configuration;
  router: ConfiguredRouter;
  facts: RouteFacts[];
  /** Buckets that routes read from. */
  watched: string[];
  nearest(object: { bucket: string; key: string }): string | null;
}

/** There is no routes.yml, or it cannot be read. */
export class RoutesUnreadableError extends Error {
  override readonly name = 'RoutesUnreadableError';
  readonly file: string;

  constructor(file: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `${file} cannot be read: ${reason}. Run this in the folder with routes.yml, or name it with --routes.`,
      {
        cause,
      },
    );
    this.file = file;
  }
}

/** A route's pipeline is a state machine on AWS, which this process cannot run. */
export class PipelineElsewhereError extends Error {
  override readonly name = 'PipelineElsewhereError';
  readonly stateMachineArn: string;

  constructor(stateMachineArn: string) {
    super(
      `The state machine ${stateMachineArn} runs on AWS only. For this machine name a pipeline that lies in the ` +
        'folder pipelines/, or keep the route in a routes file of its own (--routes).',
    );
    this.stateMachineArn = stateMachineArn;
  }
}

/**
 * @throws RoutesUnreadableError, RoutesInvalidError, PipelineElsewhereError
 * @param pipelines names of the pipelines that are there
 */
export async function readLocalRoutes(
  file: string,
  pipelines: readonly string[],
  now: number,
): Promise<LocalRoutes> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new RoutesUnreadableError(file, error);
  });
  const configuration = parseRoutes(text, file, { pipelines, now });
  const router = createRouter(configuration, localPipeline);
  return {
    configuration,
    router,
    facts: routeFacts(configuration, router),
    watched: watchedBuckets(configuration),
    nearest: (object) => nearestRoute(configuration, object)?.sentence ?? null,
  };
}

function watchedBuckets({ buckets, routes }: Configuration): string[] {
  const read = new Set(routes.map(({ bucket }) => bucket));
  return buckets.filter(({ name }) => read.has(name)).map(bucketNameAsWritten);
}

/** Pipelines of this process get ARNs too, so that inputs and contexts look alike in both homes. */
function localPipeline(setting: PipelineSetting): PipelineRef {
  if ('stateMachineArn' in setting) throw new PipelineElsewhereError(setting.stateMachineArn);
  const { name } = setting;
  return { name, stateMachineArn: `arn:aws:states:local:000000000000:stateMachine:${name}` };
}
