import type { Clock } from '../core/clock.ts';
import type { Objects } from '../objects/objects.ts';
import { executionFolder, type KeptExecution } from './execution-folder.ts';
import type { ExecutionReport, Executions, Started, StartRequest, TracePage } from './executions.ts';
import type { Notification } from './notification.ts';
import type { Pipeline } from './pipelines.ts';
import { runningExecutions, stateOf } from './running.ts';

/** Execution names that are safe as file names everywhere; a batch id always is. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$/;

export interface EmbeddedOptions {
  pipelines: ReadonlyMap<string, Pipeline>;
  /** Where executions are kept. Used by one process at a time. */
  folder: string;
  objects: Objects;
  clock: Clock;
  /** Takes the end of an execution; one that rejects is called again, after a restart if need be. */
  report: (report: ExecutionReport) => Promise<void>;
  /** Told about a notification that was kept with its execution. What it throws fails the publishing state. */
  publish?: (notification: Notification, execution: string) => Promise<void>;
  /** Told about what should not happen; the driver goes on. */
  warn?: (warning: EmbeddedWarning) => void;
  /** Executions running at a time, at least 1; more wait their turn. 4 unless told. */
  concurrency?: number;
  /** By state name, ms between attempts instead of the definition's: for tests. */
  retryIntervalsMs?: Record<string, number>;
}

export type EmbeddedWarning =
  /** `start` was called again with this name and another input; the first one counts. */
  | { kind: 'different-input'; execution: string }
  /** The end could not be reported; it will be after a restart. */
  | { kind: 'unreported'; execution: string; cause: unknown }
  /** The end could not be kept on disk; the execution begins again after a restart. */
  | { kind: 'unkept'; execution: string; cause: unknown };

/** The driver of a laptop and of tests: Step Functions in this process, kept in files. */
export interface EmbeddedExecutions extends Executions {
  /**
   * Begins again what a dead process left, reports ends that it did not, and removes what its steps kept. Called once by
   * the home, when reports can be taken; others may start executions before and meanwhile. Resolves to the names concerned.
   */
  resume(): Promise<string[]>;
  /** What an execution told people, oldest first. */
  notifications(name: string): Promise<Notification[]>;
  /**
   * Starts nothing more, gives running executions `graceMs` to end and cuts off the rest; those begin again at
   * the next `resume`.
   */
  stop(graceMs: number): Promise<void>;
}

export function embeddedExecutions(options: EmbeddedOptions): EmbeddedExecutions {
  const folder = executionFolder(options.folder);
  // Listed before anything runs, and so at once: by the time of resume there may be scratch folders in use beside these.
  const leftByTheDead = folder.scratchNames();
  const running = runningExecutions(options, folder);
  const oneAtATime = perName();
  let stopped = false;

  const find = async (name: string): Promise<KeptExecution | null> =>
    NAME.test(name) ? (running.find(name)?.kept ?? folder.find(name)) : null;

  async function start({ name, pipeline, input }: StartRequest): Promise<Started> {
    const known = await find(name);
    if (known) {
      if (known.input !== input) options.warn?.({ kind: 'different-input', execution: name });
      await beginAgain(known);
      return { execution: name, startedAt: known.startedAt, already: true };
    }
    if (!options.pipelines.has(pipeline.name)) {
      throw new PipelineNotFoundError(pipeline.name, [...options.pipelines.keys()]);
    }
    const startedAt = options.clock.now();
    const state = { status: 'running', startedAt, redrives: 0, restarts: 0 } as const;
    await running.begin({ name, pipeline: pipeline.name, input, ...state, notifications: [] });
    return { execution: name, startedAt, already: false };
  }

  async function beginAgain(execution: KeptExecution): Promise<void> {
    if (execution.status !== 'running' || running.find(execution.name)) return;
    await running.begin({ ...execution, restarts: execution.restarts + 1 });
  }

  return {
    async start(request) {
      if (!NAME.test(request.name)) throw new ExecutionNameError(request.name);
      if (stopped) throw new ExecutionsStoppedError(request.name);
      return oneAtATime(request.name, () => start(request));
    },
    async describe({ name }) {
      const execution = await find(name);
      return execution && stateOf(execution);
    },
    async trace({ name }, page) {
      const live = running.find(name)?.trace;
      if (live) return pageOf({ entries: live.entries(), dropped: live.dropped() }, page);
      const ended = NAME.test(name) ? await folder.trace(name) : null;
      return pageOf(ended ?? { entries: [], dropped: 0 }, page);
    },
    notifications: async (name) => [...((await find(name))?.notifications ?? [])],
    async resume() {
      await folder.removeScratch(leftByTheDead);
      const names = await folder.unfinished();
      for (const name of names) {
        const ended = await oneAtATime(name, async () => {
          const execution = running.find(name) ? null : await folder.find(name);
          if (execution?.status !== 'running') return execution;
          await beginAgain(execution);
          return null;
        });
        // After its turn: whoever takes the report may ask for the execution's start once more.
        if (ended) await running.deliver(ended);
      }
      return names;
    },
    async stop(graceMs) {
      stopped = true;
      await running.stop(graceMs);
    },
  };
}

/** The name cannot be an execution's. */
export class ExecutionNameError extends Error {
  override readonly name = 'ExecutionNameError';
  readonly execution: string;

  constructor(execution: string) {
    super(
      `An execution cannot be named ${JSON.stringify(execution)}: expected 1 to 80 letters, digits, "-" or "_".`,
    );
    this.execution = execution;
  }
}

/** A batch names a pipeline that is not there. */
export class PipelineNotFoundError extends Error {
  override readonly name = 'PipelineNotFoundError';
  readonly pipeline: string;
  readonly known: string[];

  constructor(pipeline: string, known: string[]) {
    super(
      `There is no pipeline "${pipeline}"; known are: ${known.join(', ') || 'none'}. ` +
        `Put back pipelines/${pipeline}/definition.asl, with which the batch's window opened.`,
    );
    this.pipeline = pipeline;
    this.known = known;
  }
}

/** The home is stopping. The execution was not started; starting it again later is safe. */
export class ExecutionsStoppedError extends Error {
  override readonly name = 'ExecutionsStoppedError';
  readonly execution: string;

  constructor(execution: string) {
    super(
      `The execution "${execution}" was not started: this process is stopping. Starting it again is safe.`,
    );
    this.execution = execution;
  }
}

/** Work on the same name runs one piece at a time: of two starts, the second must find what the first kept. */
function perName() {
  const last = new Map<string, Promise<unknown>>();
  return async <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
    const before = last.get(name) ?? Promise.resolve();
    const mine = before.then(work, work);
    last.set(name, mine);
    try {
      return await mine;
    } finally {
      if (last.get(name) === mine) last.delete(name);
    }
  };
}

function pageOf(
  trace: { entries: TracePage['entries']; dropped: number },
  { from, limit }: { from: number; limit: number },
): TracePage {
  const entries = trace.entries.slice(from, from + limit);
  return { entries, more: from + limit < trace.entries.length, dropped: trace.dropped };
}
