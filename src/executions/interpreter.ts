import { ExecutionTimeoutError } from 'aws-local-stepfunctions';
import type { ExecutionStatus } from '../projections/projections.ts';
import { type Notification, notificationOf } from './notification.ts';
import type { Pipeline, PipelineTask } from './pipelines.ts';
import { runStep, type StepHome } from './step.ts';
import { keepingStrays } from './stray.ts';
import { growingTrace, type InterpreterEvent, type Trace } from './trace.ts';

/** Step Functions' limit on a state's input and output: 256 KiB of UTF-8 (its service quotas). */
export const STATE_DATA_BYTES_MAX = 262_144;
/** Step Functions' limit on the cause of a failure, in characters. */
const CAUSE_CHARACTERS_MAX = 32_768;

export interface Interpretation extends StepHome {
  name: string;
  pipeline: Pipeline;
  /** JSON text. */
  input: string;
  /** Sends a notification; what it throws fails the state, by its `name`. */
  publish: (notification: Notification) => Promise<void>;
  /** Aborted when the home stops. */
  signal: AbortSignal;
  /** By state name, ms between attempts instead of the definition's: for tests. */
  retryIntervalsMs?: Record<string, number>;
}

export interface InterpretedEnd {
  status: Exclude<ExecutionStatus, 'running'>;
  output?: string;
  error?: string;
  cause?: string;
}

/** An execution under way in this process. */
export interface Interpreted {
  trace: Trace;
  /** How it ended; null when the home stopped first. Never rejects. */
  end: Promise<InterpretedEnd | null>;
}

/** JSON as the interpreter's types name it. */
type Json = Parameters<Pipeline['machine']['run']>[0];

/**
 * Runs one execution in this process, as Step Functions would: JSON between states, 256 KiB at most, errors as
 * Lambda reports them, and no Task called once the execution has ended. That last rule is ours to keep: the
 * interpreter goes on with a Map's other items after a failure, a timeout or an abort.
 */
export function interpret(run: Interpretation): Interpreted {
  let overflow: InterpretedEnd | null = null;
  let over = false;
  const trace = growingTrace(run.pipeline.definition, {
    bytesMax: STATE_DATA_BYTES_MAX,
    overflow: (state, bytes) => {
      overflow ??= tooMuchData(state, bytes);
      execution.abort();
    },
  });
  const isOver = () => over || overflow !== null || run.signal.aborted;
  const execution = run.pipeline.machine.run(JSON.parse(run.input), {
    context: contextOf(run),
    overrides: {
      taskResourceLocalHandlers: handlersOf(run, isOver),
      ...(run.retryIntervalsMs && { retryIntervalOverrides: run.retryIntervalsMs }),
    },
  });
  const stop = () => execution.abort();
  run.signal.addEventListener('abort', stop, { once: true });
  if (run.signal.aborted) stop();

  async function finish(): Promise<InterpretedEnd | null> {
    const drained = drain(execution.eventLogs, trace);
    let end: InterpretedEnd | null;
    try {
      end = { status: 'succeeded', output: JSON.stringify(await execution.result) };
    } catch (error) {
      end = run.signal.aborted ? null : failureOf(error);
    }
    over = true;
    run.signal.removeEventListener('abort', stop);
    await drained;
    return end && (overflow ?? end);
  }

  return { trace, end: finish() };
}

async function drain(events: AsyncGenerator<InterpreterEvent>, trace: Trace): Promise<void> {
  for await (const event of events) trace.add(event);
}

function contextOf({ name, pipeline }: Interpretation) {
  return {
    Execution: { Name: name, Id: name },
    StateMachine: { Name: pipeline.name, Id: pipeline.name },
  };
}

function handlersOf(run: Interpretation, isOver: () => boolean) {
  const handlers: Record<string, (input: Json) => Promise<Json>> = {};
  for (const [state, task] of run.pipeline.tasks) {
    handlers[state] = async (input) => {
      if (isOver()) throw named('States.TaskFailed', 'The execution has ended.');
      return callTask(run, state, task, input);
    };
  }
  return handlers;
}

async function callTask(run: Interpretation, state: string, task: PipelineTask, input: Json): Promise<Json> {
  const given = jsonOf(input);
  if (Buffer.byteLength(given) > STATE_DATA_BYTES_MAX) throw dataLimit(state, 'input', given);
  const value: unknown = JSON.parse(given);
  const output =
    task.kind === 'publish' ? await publish(run, value) : await callStep(run, state, task, value);
  const returned = jsonOf(output);
  if (Buffer.byteLength(returned) > STATE_DATA_BYTES_MAX) throw dataLimit(state, 'output', returned);
  return JSON.parse(returned);
}

async function publish(run: Interpretation, parameters: unknown): Promise<unknown> {
  const notification = notificationOf(parameters, run.clock.now());
  await run.publish(notification);
  return { MessageId: notification.id };
}

async function callStep(
  run: Interpretation,
  state: string,
  task: PipelineTask & { kind: 'step' },
  input: unknown,
) {
  const what = `state "${state}" of execution ${run.name}`;
  try {
    return await keepingStrays(what, () => runStep(task.step, input, run));
  } catch (error) {
    throw asLambdaReports(error);
  }
}

/** JSON as between Lambda and Step Functions: `undefined` becomes null, a class its data. */
function jsonOf(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

/**
 * Lambda tells Step Functions an error's name and, as its cause, this JSON. A new error also keeps fields of the
 * old one (`isRetryable`, `isCatchable`) from steering the interpreter.
 */
function asLambdaReports(error: unknown): Error {
  const isError = error instanceof Error;
  const errorType = isError ? error.name : typeof error;
  const errorMessage = (isError ? error.message : String(error)).slice(0, CAUSE_CHARACTERS_MAX / 2);
  return named(errorType, JSON.stringify({ errorType, errorMessage, trace: [] }));
}

function dataLimit(state: string, side: 'input' | 'output', text: string): Error {
  const bytes = Buffer.byteLength(text);
  return named('States.DataLimitExceeded', dataLimitText(state, side, bytes));
}

function tooMuchData(state: string, bytes: number): InterpretedEnd {
  const cause = dataLimitText(state === '' ? 'the execution' : state, 'data', bytes);
  return { status: 'failed', error: 'States.DataLimitExceeded', cause };
}

function dataLimitText(state: string, side: string, bytes: number): string {
  return (
    `The ${side} of "${state}" has ${bytes} bytes of JSON; at most ${STATE_DATA_BYTES_MAX} are allowed. ` +
    'Store the data as an object and pass its bucket and key.'
  );
}

function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

function failureOf(error: unknown): InterpretedEnd {
  if (error instanceof ExecutionTimeoutError) return { status: 'timed-out', error: 'States.Timeout' };
  const failure = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(failure instanceof Error))
    return { status: 'failed', error: 'States.Runtime', cause: String(failure) };
  return { status: 'failed', error: failure.name, cause: failure.message.slice(0, CAUSE_CHARACTERS_MAX) };
}
