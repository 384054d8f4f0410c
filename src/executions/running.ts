import type { EmbeddedOptions } from './embedded.ts';
import { type ExecutionFolder, type KeptExecution, scratchFolder } from './execution-folder.ts';
import type { ExecutionReport, ExecutionState } from './executions.ts';
import { type InterpretedEnd, interpret } from './interpreter.ts';
import { slots } from './slots.ts';
import type { Trace } from './trace.ts';

const CONCURRENCY = 4;
const REPORT_ATTEMPTS = 6;

/** An execution that this process carries out, or will when its turn comes. */
export interface RunningExecution {
  kept: KeptExecution;
  /** Null until its turn has come. */
  trace: Trace | null;
}

/** The executions of this process, from their start until their end is kept and reported. */
export interface RunningExecutions {
  find(name: string): RunningExecution | undefined;
  /** Keeps the execution on disk and carries it out; resolves when it is kept. */
  begin(execution: KeptExecution): Promise<void>;
  /** Reports the end of an execution. Never rejects. */
  deliver(execution: KeptExecution): Promise<void>;
  /** Gives running executions `graceMs` to end, then cuts them off. None that waits is begun. */
  stop(graceMs: number): Promise<void>;
}

export function runningExecutions(options: EmbeddedOptions, folder: ExecutionFolder): RunningExecutions {
  const running = new Map<string, RunningExecution>();
  const overs = new Map<string, Promise<void>>();
  const inTurn = slots(options.concurrency ?? CONCURRENCY);
  const cutOff = new AbortController();
  let stopping = false;

  async function carryOut(entry: RunningExecution): Promise<void> {
    const end = await inTurn(async () => (stopping ? null : runThrough(options, entry, cutOff.signal)));
    if (end === null) return;
    const kept: KeptExecution = { ...entry.kept, ...end, endedAt: options.clock.now() };
    await folder.end(kept, { entries: entry.trace?.entries() ?? [], dropped: entry.trace?.dropped() ?? 0 });
    entry.kept = kept;
    await deliver(kept);
  }

  async function deliver(execution: KeptExecution): Promise<void> {
    for (let attempt = 1; attempt <= REPORT_ATTEMPTS; attempt += 1) {
      try {
        await options.report(reportOf(execution));
        await folder.reported(execution.name);
        return;
      } catch (cause) {
        if (attempt < REPORT_ATTEMPTS && !stopping) await options.clock.sleep(250 * 2 ** attempt);
        else {
          options.warn?.({ kind: 'unreported', execution: execution.name, cause });
          return;
        }
      }
    }
  }

  return {
    find: (name) => running.get(name),
    deliver,
    async begin(execution) {
      await folder.begin(execution);
      const entry: RunningExecution = { kept: execution, trace: null };
      running.set(execution.name, entry);
      const over = carryOut(entry)
        .catch((cause: unknown) => options.warn?.({ kind: 'unkept', execution: execution.name, cause }))
        .finally(() => {
          running.delete(execution.name);
          overs.delete(execution.name);
        });
      overs.set(execution.name, over);
    },
    async stop(graceMs) {
      stopping = true;
      const over = Promise.all(overs.values());
      await Promise.race([over, options.clock.sleep(graceMs)]);
      cutOff.abort();
      await over;
    },
  };
}

/** What may be told about an execution, without what only the disk needs. */
export function stateOf(kept: KeptExecution): ExecutionState {
  const { status, redrives, startedAt, endedAt, output, error, cause } = kept;
  return {
    status,
    redrives,
    startedAt,
    ...(endedAt !== undefined && { endedAt }),
    ...(output !== undefined && { output }),
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause }),
  };
}

function reportOf(kept: KeptExecution): ExecutionReport {
  return { name: kept.name, input: kept.input, ...stateOf(kept) };
}

async function runThrough(
  options: EmbeddedOptions,
  entry: RunningExecution,
  signal: AbortSignal,
): Promise<InterpretedEnd | null> {
  const { name, input, pipeline: pipelineName } = entry.kept;
  const pipeline = options.pipelines.get(pipelineName);
  if (!pipeline) return withoutPipeline(pipelineName);
  const { trace, end } = interpret({
    name,
    pipeline,
    input,
    signal,
    objects: options.objects,
    clock: options.clock,
    scratchFolder: scratchFolder(options.folder),
    ...(options.retryIntervalsMs && { retryIntervalsMs: options.retryIntervalsMs }),
    publish: async (notification) => {
      entry.kept.notifications.push(notification);
      await options.publish?.(notification, name);
    },
  });
  entry.trace = trace;
  return end;
}

/** Its folder was taken away after the execution had begun. */
function withoutPipeline(name: string): InterpretedEnd {
  return {
    status: 'failed',
    error: 'PipelineNotFoundError',
    cause: `There is no pipeline "${name}" any more.`,
  };
}
