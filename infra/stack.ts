import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { Bucket, Configuration } from '../src/routes/configuration.ts';
import { parseRoutes } from '../src/routes/parse.ts';
import { type PipelineFolder, readPipelineFolders } from './pipeline-folders.ts';
import { logicalNames, ref, type Text } from './template.ts';

/** All that the generated part of the template follows from. */
export interface Stack {
  stage: string;
  /** A table that is there already and that the stage uses; null where the stack makes one. */
  table: string | null;
  configuration: Configuration;
  /** Every pipeline of this repository: an open window may still want one that no route names any more. */
  pipelines: PipelineFolder[];
  /** ARNs of state machines that exist already and that routes use. */
  existingMachines: string[];
  /** Names for logical ids, by name in routes.yml. */
  bucketIds: ReadonlyMap<string, string>;
  pipelineIds: ReadonlyMap<string, string>;
  routeIds: ReadonlyMap<string, string>;
}

export interface StackOptions {
  stage: string;
  routesFile: string;
  pipelinesFolder: string;
  table?: string | null;
}

/** Queues, functions and rules are called `spillway-<stage>-…`, up to 64 characters. */
const STAGE = /^[a-z][a-z0-9-]{0,15}$/;

/** The stage's name does not fit into the names made of it. */
export class StageInvalidError extends Error {
  override readonly name = 'StageInvalidError';
  readonly stage: string;

  constructor(stage: string) {
    super(
      `The stage ${JSON.stringify(stage)} cannot be used; expected up to 16 of a-z, 0-9 and hyphens, beginning ` +
        'with a letter, such as --stage prod.',
    );
    this.stage = stage;
  }
}

/** @throws StageInvalidError, RoutesInvalidError, PipelineFolderError */
export async function readStack(options: StackOptions): Promise<Stack> {
  const { stage, routesFile, pipelinesFolder, table = null } = options;
  if (!STAGE.test(stage)) throw new StageInvalidError(stage);
  const pipelines = await readPipelineFolders(pipelinesFolder);
  const text = await readFile(routesFile, 'utf8');
  const configuration = parseRoutes(text, relative(process.cwd(), routesFile), {
    pipelines: pipelines.map(({ name }) => name),
  });
  const settings = configuration.routes.map(({ pipeline }) => pipeline);
  const existing = settings.flatMap((setting) =>
    'stateMachineArn' in setting ? [setting.stateMachineArn] : [],
  );
  return {
    stage,
    table,
    configuration,
    pipelines,
    existingMachines: [...new Set(existing)].sort(),
    bucketIds: logicalNames(configuration.buckets.map(({ name }) => name)),
    pipelineIds: logicalNames(pipelines.map(({ name }) => name)),
    routeIds: logicalNames(configuration.routes.map(({ name }) => name)),
  };
}

export function bucketId({ bucketIds }: Pick<Stack, 'bucketIds'>, bucket: string): string {
  return `Bucket${bucketIds.get(bucket) ?? ''}`;
}

/** The bucket's real name. */
export function bucketName(stack: Stack, bucket: Bucket): Text {
  return bucket.existing ?? ref(bucketId(stack, bucket.name));
}

export function stateMachineId({ pipelineIds }: Pick<Stack, 'pipelineIds'>, pipeline: string): string {
  return `StateMachine${pipelineIds.get(pipeline) ?? ''}`;
}

/** Buckets that routes read from. */
export function sourceBuckets({ configuration: { buckets, routes } }: Stack): Bucket[] {
  const read = new Set(routes.map(({ bucket }) => bucket));
  return buckets.filter(({ name }) => read.has(name));
}
