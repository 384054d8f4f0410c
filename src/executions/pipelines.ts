import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { type Definition, type PlacedState, readDefinition, statesOf, unsupported } from './definition.ts';
import type { Step } from './step.ts';

/** A pipeline ready to run in this process: a definition, and a step or a notification for each of its Tasks. */
export interface Pipeline {
  name: string;
  /** The text of its definition, as deployed. */
  text: string;
  definition: Definition;
  machine: StateMachine;
  /** By state name. */
  tasks: Map<string, PipelineTask>;
}

export type PipelineTask = { kind: 'step'; file: string; step: Step } | { kind: 'publish' };

/** Timers in Node fire at once beyond this many seconds (2^31 - 1 ms). */
const TIMEOUT_SECONDS_MAX = 2_147_483;
const SNS_PUBLISH = 'arn:aws:states:::sns:publish';
const FUNCTION_ARN = /^\$\{([A-Z][A-Za-z0-9]*)Arn\}$/;

/**
 * Loads every `<folder>/<name>/definition.asl` with its steps. A Task whose Resource is `${ProcessCsvArn}` runs
 * the exported function `step` of `<folder>/<name>/process-csv.ts`. Folders without a definition are passed over.
 * @throws PipelineError naming the file and the state
 */
export async function loadPipelines(folder: string): Promise<Map<string, Pipeline>> {
  const pipelines = new Map<string, Pipeline>();
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const home = join(folder, entry.name);
    if (!(await isFile(join(home, 'definition.asl')))) continue;
    pipelines.set(entry.name, await loadPipeline(entry.name, home));
  }
  return pipelines;
}

async function loadPipeline(name: string, home: string): Promise<Pipeline> {
  const file = join(home, 'definition.asl');
  const text = await readFile(file, 'utf8');
  const { definition, machine } = compile(file, text);
  const tasks = new Map<string, PipelineTask>();
  const seen = new Set<string>();
  for (const placed of statesOf(definition)) {
    if (seen.has(placed.name)) {
      throw new PipelineError(
        file,
        placed.name,
        'its name is used twice; give every state a name of its own',
      );
    }
    seen.add(placed.name);
    const problem = unsupported(placed.state);
    if (problem) throw new PipelineError(file, placed.name, `it uses ${problem}`);
    if (placed.state.Type === 'Task') tasks.set(placed.name, await loadTask(file, home, placed));
  }
  return { name, text, definition, machine, tasks };
}

function compile(file: string, text: string): Pick<Pipeline, 'definition' | 'machine'> {
  let parsed: StateMachineDefinition;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new PipelineError(file, null, `it is not JSON: ${messageOf(error)}`, error);
  }
  try {
    return { definition: readDefinition(parsed), machine: new StateMachine(parsed) };
  } catch (error) {
    throw new PipelineError(file, null, `it is not a state machine: ${messageOf(error)}`, error);
  }
}

async function loadTask(file: string, home: string, { name, state }: PlacedState): Promise<PipelineTask> {
  const seconds = state.TimeoutSeconds;
  if (seconds === undefined || seconds < 1 || seconds > TIMEOUT_SECONDS_MAX) {
    const found = seconds === undefined ? 'none' : String(seconds);
    throw new PipelineError(
      file,
      name,
      `a Task needs TimeoutSeconds from 1 to ${TIMEOUT_SECONDS_MAX}, but has ${found}`,
    );
  }
  const resource = state.Resource ?? '';
  if (resource === SNS_PUBLISH) return { kind: 'publish' };
  const functionName = FUNCTION_ARN.exec(resource)?.[1];
  if (functionName === undefined) {
    throw new PipelineError(
      file,
      name,
      `the Resource "${resource}" is not supported; expected \${SomeStepArn} or ${SNS_PUBLISH}`,
    );
  }
  const stepFile = join(home, `${kebabCase(functionName)}.ts`);
  return { kind: 'step', file: stepFile, step: await loadStep(file, name, stepFile) };
}

async function loadStep(file: string, state: string, stepFile: string): Promise<Step> {
  if (!(await isFile(stepFile))) {
    throw new PipelineError(file, state, `its step ${stepFile} does not exist; create it, exporting "step"`);
  }
  let module: { step?: unknown };
  try {
    module = await import(pathToFileURL(stepFile).href);
  } catch (error) {
    throw new PipelineError(file, state, `its step ${stepFile} cannot be loaded: ${messageOf(error)}`, error);
  }
  const { step } = module;
  if (!isStep(step)) {
    throw new PipelineError(file, state, `its step ${stepFile} does not export a function named "step"`);
  }
  return step;
}

/** A pipeline's folder cannot be used as it is. */
export class PipelineError extends Error {
  override readonly name = 'PipelineError';
  readonly file: string;
  readonly state: string | null;

  constructor(file: string, state: string | null, problem: string, cause?: unknown) {
    const where = state === null ? file : `${file}, state "${state}"`;
    super(`Cannot load the pipeline in ${where}: ${problem}.`, { cause });
    this.file = file;
    this.state = state;
  }
}

function isStep(value: unknown): value is Step {
  return typeof value === 'function';
}

/** `ProcessCsv` → `process-csv`, `ProcessCSVFile` → `process-csv-file`. */
function kebabCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, (_all, a, b, c, d) => `${a ?? c}-${b ?? d}`)
    .toLowerCase();
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim().replace(/\.$/, '');
}
