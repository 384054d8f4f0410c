import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readDefinition, statesOf } from '../src/executions/definition.ts';
import { functionOfResource, SNS_PUBLISH, stepFileName } from '../src/executions/resource.ts';

/** A pipeline of this repository, as it is deployed. */
export interface PipelineFolder {
  name: string;
  /** The text of its definition. */
  definition: string;
  /** One for each function that its Tasks call. */
  steps: PipelineStep[];
  /** IAM statements that its steps need besides reading and writing the buckets of routes.yml. */
  permissions: unknown[];
}

export interface PipelineStep {
  /** `process-csv` */
  name: string;
  /** `ProcessCsv`, of the placeholder `${ProcessCsvArn}`. */
  placeholder: string;
  file: string;
}

/** A pipeline's folder cannot be deployed. */
export class PipelineFolderError extends Error {
  override readonly name = 'PipelineFolderError';
  readonly file: string;

  constructor(file: string, problem: string, cause?: unknown) {
    super(`Cannot deploy the pipeline in ${file}: ${problem}.`, { cause });
    this.file = file;
  }
}

/** State machines and functions are named after it. */
const PIPELINE_NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** @throws PipelineFolderError */
export async function readPipelineFolders(folder: string): Promise<PipelineFolder[]> {
  const names = (await readdir(folder)).sort();
  const found = await Promise.all(names.map((name) => readPipelineFolder(name, join(folder, name))));
  return found.filter((pipeline) => pipeline !== null);
}

async function readPipelineFolder(name: string, home: string): Promise<PipelineFolder | null> {
  const file = join(home, 'definition.asl');
  if (!(await exists(file))) return null;
  if (!PIPELINE_NAME.test(name)) {
    throw new PipelineFolderError(file, 'its folder needs a name of a-z, 0-9 and hyphens, up to 40');
  }
  const definition = await readFile(file, 'utf8');
  const steps = new Map<string, PipelineStep>();
  for (const { name: state, state: detail } of statesOf(outlineOf(file, definition))) {
    if (detail.Type !== 'Task' || detail.Resource === SNS_PUBLISH) continue;
    const placeholder = functionOfResource(detail.Resource ?? '');
    if (placeholder === null) {
      throw new PipelineFolderError(
        file,
        `the Resource ${JSON.stringify(detail.Resource)} of "${state}" is not supported; expected ` +
          `\${SomeStepArn} or ${SNS_PUBLISH}. For other services give the route an existing state machine`,
      );
    }
    const step = stepFileName(placeholder);
    if (!(await exists(join(home, step)))) {
      throw new PipelineFolderError(file, `the step of "${state}" is missing; expected ${join(home, step)}`);
    }
    steps.set(placeholder, { name: step.replace(/\.ts$/, ''), placeholder, file: join(home, step) });
  }
  return { name, definition, steps: [...steps.values()], permissions: await permissionsOf(home) };
}

function outlineOf(file: string, text: string) {
  try {
    return readDefinition(JSON.parse(text));
  } catch (error) {
    throw new PipelineFolderError(file, 'it is not a state machine in JSON', error);
  }
}

async function permissionsOf(home: string): Promise<unknown[]> {
  const file = join(home, 'permissions.json');
  if (!(await exists(file))) return [];
  try {
    const statements: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (Array.isArray(statements)) return statements;
  } catch (error) {
    throw new PipelineFolderError(file, 'it is not JSON', error);
  }
  throw new PipelineFolderError(file, 'expected a list of IAM statements');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
