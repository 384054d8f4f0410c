import type { Clock } from '../core/clock.ts';
import type { ExecutionStatus } from '../projections/projections.ts';
import type {
  ExecutionReport,
  ExecutionState,
  Executions,
  Started,
  StartRequest,
  TraceEntry,
} from './executions.ts';

/** Executions that do nothing until a test ends them. */
export interface MemoryExecutions extends Executions {
  /** Every call of `start`, in order, also those that started nothing. */
  readonly calls: readonly StartCall[];
  /** Names of the executions that run, in the order of their start. */
  running(): string[];
  /** Ends a running execution, reports it and returns the report, so that a test can repeat or delay it. */
  end(name: string, end: ExecutionEnd): Promise<ExecutionReport>;
  /** Lets an ended execution run again, as a redrive in Step Functions does; reports that. */
  redrive(name: string): Promise<ExecutionReport>;
}

export interface StartCall extends StartRequest {
  at: number;
  already: boolean;
}

export interface ExecutionEnd {
  status: Exclude<ExecutionStatus, 'running'>;
  output?: string;
  error?: string;
  cause?: string;
}

interface MemoryExecution {
  request: StartRequest;
  state: ExecutionState;
  trace: TraceEntry[];
}

/**
 * A driver for tests and simulation: remembers what was started and lets the test decide how and when it ends.
 *
 * @param options.report gets every end and redrive; without it a test delivers the returned reports itself
 */
export function memoryExecutions(options: {
  clock: Pick<Clock, 'now'>;
  report?: (report: ExecutionReport) => Promise<void>;
}): MemoryExecutions {
  const executions = new Map<string, MemoryExecution>();
  const calls: StartCall[] = [];

  async function change(name: string, next: (execution: MemoryExecution, at: number) => void) {
    const execution = executions.get(name);
    if (!execution) throw new Error(`There is no execution "${name}" to change; start it first.`);
    next(execution, options.clock.now());
    const report = { name, input: execution.request.input, ...execution.state };
    await options.report?.({ ...report });
    return report;
  }

  return {
    calls,
    running: () =>
      [...executions].filter(([, { state }]) => state.status === 'running').map(([name]) => name),

    async start(request): Promise<Started> {
      const at = options.clock.now();
      const known = executions.get(request.name);
      calls.push({ ...request, at, already: known !== undefined });
      if (known) return { execution: request.name, startedAt: known.state.startedAt, already: true };
      const state: ExecutionState = { status: 'running', redrives: 0, startedAt: at };
      executions.set(request.name, { request, state, trace: [entry(at, 'started')] });
      return { execution: request.name, startedAt: at, already: false };
    },

    async describe({ name }) {
      const execution = executions.get(name);
      return execution ? { ...execution.state } : null;
    },

    async trace({ name }, { from, limit }) {
      const all = executions.get(name)?.trace ?? [];
      return { entries: all.slice(from, from + limit), more: from + limit < all.length, dropped: 0 };
    },

    end: (name, end) =>
      change(name, (execution, at) => {
        execution.state = { ...startOf(execution.state), ...end, endedAt: at };
        execution.trace.push(entry(at, end.status === 'succeeded' ? 'succeeded' : 'execution-failed'));
      }),

    redrive: (name) =>
      change(name, (execution, at) => {
        execution.state = { ...startOf(execution.state), redrives: execution.state.redrives + 1 };
        execution.trace.push(entry(at, 'started'));
      }),
  };
}

function startOf({ redrives, startedAt }: ExecutionState): ExecutionState {
  return { status: 'running', redrives, startedAt };
}

function entry(at: number, kind: TraceEntry['kind']): TraceEntry {
  return { at, kind, path: '', state: '', type: '' };
}
