import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import * as z from 'zod';
import { type CheckedDefinitions, checkedDefinitions } from './checked-definitions.ts';
import { type Definition, type PlacedState, readDefinition, statesOf, unsupported } from './definition.ts';
import { functionOfResource, SNS_PUBLISH, stepFileName } from './resource.ts';
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

/**
 * Loads every `<folder>/<name>/definition.asl` with its steps. A Task whose Resource is `${ProcessCsvArn}` runs
 * the exported function `step` of `<folder>/<name>/process-csv.ts`. Folders without a definition are passed over.
 * @param checkedFile keeps which definitions were found valid, so that they are not checked at every start
 * @throws PipelineError naming the file and the state
 */
export async function loadPipelines(folder: string, checkedFile?: string): Promise<Map<string, Pipeline>> {
  const checked = await checkedDefinitions(checkedFile);
  const pipelines = new Map<string, Pipeline>();
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const home = join(folder, entry.name);
    if (!(await isFile(join(home, 'definition.asl')))) continue;
    pipelines.set(entry.name, await loadPipeline(entry.name, home, checked));
  }
  await checked.keep();
  return pipelines;
}

async function loadPipeline(name: string, home: string, checked: CheckedDefinitions): Promise<Pipeline> {
  const file = join(home, 'definition.asl');
  const text = await readFile(file, 'utf8');
  const definition = outlineOf(file, text);
  const language = unsupported(definition);
  if (language) throw new PipelineError(file, null, `it uses ${language}`);
  const seen = new Set<string>();
  for (const { name: state, state: detail } of statesOf(definition)) {
    if (seen.has(state)) {
      throw new PipelineError(file, state, 'its name is used twice; give every state a name of its own');
    }
    seen.add(state);
    const problem = unsupported(detail);
    if (problem) throw new PipelineError(file, state, `it uses ${problem}`);
  }
  const machine = compile(file, text, checked);
  const tasks = new Map<string, PipelineTask>();
  for (const placed of statesOf(definition)) {
    if (placed.state.Type === 'Task') tasks.set(placed.name, await loadTask(file, home, placed));
  }
  return { name, text, definition, machine, tasks };
}

function outlineOf(file: string, text: string): Definition {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new PipelineError(file, null, `it is not JSON: ${messageOf(error)}`, error);
  }
  try {
    return readDefinition(parsed);
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new PipelineError(file, null, `it is not a state machine: ${detail}`, error);
  }
}

/** The interpreter validates as AWS does. */
function compile(file: string, text: string, checked: CheckedDefinitions): StateMachine {
  const parsed: StateMachineDefinition = JSON.parse(text);
  try {
    const machine = new StateMachine(parsed, { validationOptions: { noValidate: checked.knows(text) } });
    checked.add(text);
    return machine;
  } catch (error) {
    throw new PipelineError(file, null, `it is not a valid state machine: ${messageOf(error)}`, error);
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
  const functionName = functionOfResource(resource);
  if (functionName === null) {
    throw new PipelineError(
      file,
      name,
      `the Resource "${resource}" is not supported; expected \${SomeStepArn} or ${SNS_PUBLISH}`,
    );
  }
  const stepFile = join(home, stepFileName(functionName));
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
